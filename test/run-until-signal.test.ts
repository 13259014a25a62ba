import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startProgram } from './support/program.ts';
import { pause } from './support/wait.ts';

/** Runs a program with an invalid setting. Returns the lines that it prints before it exits with 1. */
async function linesBeforeExit(file: string): Promise<string[]> {
  const program = startProgram(file, { REFRESH_MARGIN: 'soon' });
  assert.equal(await program.exit(), 1);
  return program.output().trimEnd().split('\n');
}

describe('startup failure', () => {
  const services = {
    worker: 'src/workers/main.ts',
    ingest: 'src/ingest/main.ts',
    demo: 'src/local/demo.ts',
  };
  for (const [service, file] of Object.entries(services)) {
    test(`if a setting is invalid, ${service} exits and logs the reason`, async () => {
      const lines = await linesBeforeExit(file);
      assert.equal(lines.length, 1);
      const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
      assert.equal(line.service, service);
      assert.equal(line.level, 60);
      assert.match(
        String(line.msg),
        /^REFRESH_MARGIN=soon: not a duration: write a duration such as 6h/,
      );
    });
  }

  test('if a setting is invalid, npm start exits and prints the reason as one plain sentence', async () => {
    const [line, ...others] = await linesBeforeExit('src/local/main.ts');
    assert.match(line ?? '', /^REFRESH_MARGIN=soon: not a duration: write a duration such as 6h/);
    assert.deepEqual(others, []);
  });
});

test('if a signal arrives while ingest waits for Discord at startup, the process exits with code 0', async () => {
  const program = startProgram('src/ingest/main.ts', {
    TOKEN: 'x',
    DISCORD_API_URL: 'http://127.0.0.1:1/api',
  });
  await program.prints(/waiting for Discord at .*ECONNREFUSED.*asking again in \d+ s/);
  assert.equal(await program.kill('SIGTERM'), 0);
  assert.match(program.output(), /stopping/);
});

describe('a Ctrl-C that reaches the program twice', () => {
  /** Sends two signals, as the terminal and npm do for one Ctrl-C. */
  async function startAndInterrupt(drainMs: number) {
    const program = startProgram('test/support/drain-slowly.ts', { DRAIN_MS: String(drainMs) });
    await program.prints(/running/);
    program.child.kill('SIGINT');
    await pause(1);
    program.child.kill('SIGINT');
    await program.prints(/stopping: finishing the work in progress/);
    return program;
  }

  test('if one Ctrl-C arrives as two signals, the program finishes its work and exits with code 0', async () => {
    const program = await startAndInterrupt(1500);
    assert.equal(await program.exit(), 0);
    assert.equal(program.output().match(/stopping/g)?.length, 1);
  });

  test('if someone presses Ctrl-C again 2 s later, the program exits at once with code 130', async () => {
    const program = await startAndInterrupt(60_000);
    await pause(2000);
    assert.equal(await program.kill('SIGINT'), 130);
  });
});
