import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { withoutSecrets } from '../src/errors.ts';
import { TYPESCRIPT_FLAGS } from '../scripts/typescript/flags.mjs';

const TOKEN = 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs';
const URL = 'https://cdn.discordapp.com/attachments/1/2/x.mp4?ex=65e2f8a0&is=65e1a720&hm=00c0ffee';

/** Runs a script with a logger at level `info` in another process. Returns the log. */
async function logOf(script: string, { onTerminal = false } = {}): Promise<string> {
  const module = JSON.stringify(new globalThis.URL('../src/log.ts', import.meta.url).href);
  const code = `
    process.stdout.isTTY = ${onTerminal};
    const { createLogger } = await import(${module});
    const log = createLogger('info', 'worker');
    const url = ${JSON.stringify(URL)}, token = ${JSON.stringify(TOKEN)};
    ${script}`;
  const args = [...TYPESCRIPT_FLAGS, '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

/** Logs the secrets in every place where a line can contain them. */
const LOG_SECRETS = `
  log.info('fetched ' + url);
  log.info({ url, nested: { headers: { authorization: 'Bot ' + token } } }, 'with %s', token);
  log.warn({ err: new Error('no answer from ' + url) }, 'failed');
  log.child({ link: url }).error('child');
  log.debug('too much');`;

describe('logger', () => {
  test('the log has one JSON line per event and contains no link signatures or tokens', async () => {
    const output = await logOf(LOG_SECRETS);
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown> & { err: Error });
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      [`fetched ${withoutSecrets(URL)}`, 'with …', 'failed', 'child'],
      'lines below the log level are missing',
    );
    assert.equal(lines[0]?.service, 'worker');
    assert.match(String(lines[0].time), /^\d{4}-\d\d-\d\dT/);
    assert.equal(lines[1]?.url, withoutSecrets(URL));
    assert.equal(lines[2]?.err.message, `no answer from ${withoutSecrets(URL)}`);
    assert.doesNotMatch(output, /5dcd1a8e|65e2f8a0|65e1a720|ZnCjm1XVW7vRze4b7Cq4se7kKWs/);
  });

  test('if a name contains control characters or line breaks, the log on a terminal shows one plain line', async () => {
    const script = `
      const name = '\\u001b]0;x\\u0007\\u001b[2J\\n12:00:00 INFO: forged\\u202e';
      log.info({ reason: name, facts: { name } }, 'could not sweep #' + name);`;
    const output = await logOf(script, { onTerminal: true });
    assert.equal(output.trimEnd().split('\n').length, 1, output);
    for (const control of ['\u0007', '\u202e', '\u001b[2J', '\u001b]']) {
      assert.ok(!output.includes(control), output);
    }
  });

  test('the log on a terminal contains no link signatures or tokens', async () => {
    const output = await logOf(LOG_SECRETS, { onTerminal: true });
    assert.match(output, /fetched https:\/\/cdn\.discordapp\.com\/attachments\/1\/2\/x\.mp4/);
    assert.doesNotMatch(output, /5dcd1a8e|65e2f8a0|65e1a720|ZnCjm1XVW7vRze4b7Cq4se7kKWs/);
  });
});
