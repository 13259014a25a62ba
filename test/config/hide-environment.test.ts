import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

const MODULE = new URL('../../src/config/hide-environment.ts', import.meta.url).href;

/**
 * This program prints what remains of its environment: what /proc shows, its variables, and what its children get.
 */
const PROGRAM = `
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hideEnvironment, initialSecrets } from ${JSON.stringify(MODULE)};
const before = initialSecrets();
const { TOKEN, ...others } = process.env;
hideEnvironment();
const initial = readFileSync('/proc/self/environ', 'latin1').split('\\0').filter(Boolean);
const child = execFileSync('env', { encoding: 'utf8' });
const same = JSON.stringify(process.env) === JSON.stringify(others);
console.log(JSON.stringify({ before, after: initialSecrets(), initial, same, child }));
`;

describe('the environment of a process', { skip: process.platform !== 'linux' }, () => {
  test('hiding the environment removes the secrets, also from /proc, and leaves all other variables untouched', () => {
    const args = [...TYPESCRIPT_FLAGS, '--input-type=module'];
    args.push('--eval', PROGRAM);
    const output = execFileSync(
      'sh',
      // Node.js can only pass on UTF-8.
      ['-c', `ODD="$(printf '\\377')" exec "$0" "$@"`, process.execPath, ...args],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          TOKEN: 'a-secret',
          AWS_SECRET: 'foreign',
          LANG: 'C.UTF-8',
          TZ: 'UTC',
        },
      },
    );
    const { child, initial, ...rest } = JSON.parse(output) as Record<string, unknown> & {
      child: string;
      initial: string[];
    };
    assert.deepEqual(rest, { before: ['TOKEN'], after: [], same: true });
    for (const entry of ['LANG=C.UTF-8', 'AWS_SECRET=foreign', 'ODD=\u00ff'])
      assert.ok(initial.includes(entry), entry);
    assert.doesNotMatch(initial.join(), /TOKEN|a-secret/);
    assert.match(child, /^PATH=.+$/m);
    assert.match(child, /^AWS_SECRET=foreign$/m);
    assert.doesNotMatch(child, /TOKEN|a-secret/);
  });
});
