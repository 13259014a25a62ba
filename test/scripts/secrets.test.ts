import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { blankSecrets, withoutSecrets } from '../../scripts/support/secrets.mjs';

const isLinux = process.platform === 'linux';

describe('secrets of the scripts', () => {
  test('no program that the set-up starts gets a secret, and the program that follows still has the secrets', async () => {
    process.env.TOKEN = 'a-secret';
    process.env.TEMPORAL_GRPC_META_AUTHORIZATION = 'another-secret';
    try {
      const seen = await withoutSecrets(async () => execFileSync('env', { encoding: 'utf8' }));
      assert.match(seen, /^PATH=/m);
      assert.doesNotMatch(seen, /secret/);
      await assert.rejects(withoutSecrets(() => Promise.reject(new Error('no set-up'))));
      const { TOKEN, TEMPORAL_GRPC_META_AUTHORIZATION } = process.env;
      assert.deepEqual([TOKEN, TEMPORAL_GRPC_META_AUTHORIZATION], ['a-secret', 'another-secret']);
    } finally {
      delete process.env.TOKEN;
      delete process.env.TEMPORAL_GRPC_META_AUTHORIZATION;
    }
  });

  test(
    "npm start overwrites the secrets in npm's environment, but no other variable",
    { skip: !isLinux },
    (t) => {
      const env = { FIRST: 'é', TOKEN: 'a-secret', TOKENS: 'kept', TEMPORAL_API_KEY: 'a-key' };
      const npm = spawn('sleep', ['60'], { env: { PATH: process.env.PATH, ...env } });
      t.after(() => npm.kill('SIGKILL'));
      const read = () => readFileSync(`/proc/${npm.pid}/environ`, 'utf8');
      assert.match(read(), /a-secret/);
      blankSecrets(npm.pid ?? 0);
      assert.deepEqual(read().split(/\0+/).filter(Boolean).sort(), [
        'FIRST=é',
        `PATH=${process.env.PATH}`,
        'TEMPORAL_API_KEY=',
        'TOKEN=',
        'TOKENS=kept',
      ]);
    },
  );

  test('if the process has ended or belongs to another user, its environment stays as it is', () => {
    blankSecrets(2 ** 30);
  });
});
