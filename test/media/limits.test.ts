import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { limitedCommand } from '../../src/media/ffmpeg/limits.ts';

/** Runs a shell script within the limits. Returns its exit code or signal, and its output. */
async function run(script: string, cpuSeconds = 1): Promise<{ end: unknown; output: string }> {
  const [program, ...args] = limitedCommand('/bin/sh', cpuSeconds);
  const child = spawn(program, [...args, '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { end: signal ?? code, output };
}

describe('limits of the operating system', () => {
  test('a program that reaches its limit of CPU time is stopped', async () => {
    assert.equal((await run('while :; do :; done')).end, 'SIGXCPU');
  });

  test('a program that ignores SIGXCPU at its limit of CPU time is killed', async () => {
    assert.equal((await run("trap '' XCPU; while :; do :; done")).end, 'SIGKILL');
  });

  test('a program that sleeps uses no CPU time', async () => {
    assert.deepEqual(await run('sleep 1.5; echo done'), { end: 0, output: 'done\n' });
  });

  test(
    'the memory limit of a program is 400 MB',
    { skip: process.platform !== 'linux' },
    async () => {
      assert.equal((await run('ulimit -d')).output, '409600\n');
    },
  );
});
