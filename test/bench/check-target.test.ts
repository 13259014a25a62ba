import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

const BENCH = new URL('../../bench/', import.meta.url);

/** Runs a benchmark with this body. Returns its exit code, and what it prints to stderr. */
async function runBody(body: string): Promise<{ code: number; stderr: string }> {
  const code = `
    import { runBenchmark } from '${new URL('support/benchmark.ts', BENCH).href}';
    import { checkTarget } from '${new URL('support/check-target.ts', BENCH).href}';
    await runBenchmark(async () => { ${body} });`;
  const child = spawn(
    process.execPath,
    [...TYPESCRIPT_FLAGS, '--input-type', 'module', '--eval', code],
    { stdio: ['ignore', 'inherit', 'pipe'] },
  );
  const [stderr, [exitCode]] = await Promise.all([
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code: exitCode, stderr };
}

test('a benchmark that meets its targets exits with 0 and prints nothing about them', async () => {
  const met = await runBody(
    "checkTarget('peakMb', 400, { max: 400 }); checkTarget('x', 1, { min: 0.8 });",
  );
  assert.deepEqual(met, { code: 0, stderr: '' });
});

test('a benchmark that misses a target prints each missed target and exits with 1', async () => {
  const missed = await runBody(
    "checkTarget('peakMb', 401, { max: 400 }); checkTarget('ratio', 0.71234, { min: 0.8 }); checkTarget('x', NaN, { max: 1 });",
  );
  assert.deepEqual(missed, {
    code: 1,
    stderr:
      'MISSED peakMb: 401, not at most 400\nMISSED ratio: 0.7123, not at least 0.8\nMISSED x: NaN, not at most 1\n',
  });
});

test('a benchmark that fails exits with 1', async () => {
  const { code, stderr } = await runBody("throw new Error('no server');");
  assert.equal(code, 1);
  assert.match(stderr, /no server/);
});
