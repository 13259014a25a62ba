import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { limitedCommand } from '../../src/media/ffmpeg/limits.ts';

/** Runs a script within the limits, one second of CPU by default; how it ended, and what it said. */
async function run(script: string, cpuSeconds = 1): Promise<{ end: unknown; said: string }> {
  const [program, ...args] = limitedCommand('/bin/sh', cpuSeconds);
  const child = spawn(program, [...args, '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { end: signal ?? code, said };
}

describe('the limits that programs run in', () => {
  test('one that spins is ended by the system when its CPU seconds are used up', async () => {
    assert.equal((await run('while :; do :; done')).end, 'SIGXCPU');
  });

  test('and killed a little later where it does not heed that', async () => {
    assert.equal((await run("trap '' XCPU; while :; do :; done")).end, 'SIGKILL');
  });

  test('one that waits uses none of them', async () => {
    assert.deepEqual(await run('sleep 1.5; echo done'), { end: 0, said: 'done\n' });
  });

  test('memory is limited beside that', { skip: process.platform !== 'linux' }, async () => {
    assert.equal((await run('ulimit -d')).said, '409600\n');
  });
});
