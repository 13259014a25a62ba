import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { limitedCommand } from '../../src/media/ffmpeg/limits.ts';

/** Runs a shell script within the limits. Returns its exit code or signal, and its output. */
async function run(script: string, cpuSeconds = 1): Promise<{ end: unknown; output: string }> {
  const [program, ...args] = limitedCommand('/bin/sh', { cpuSeconds });
  const child = spawn(program, [...args, '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { end: signal ?? code, output };
}

describe('limits of the operating system', () => {
  test('if a program reaches the CPU time limit, SIGXCPU ends the program', async () => {
    assert.equal((await run('while :; do :; done')).end, 'SIGXCPU');
  });

  test('if a program ignores SIGXCPU at the CPU time limit, SIGKILL ends the program', async () => {
    assert.equal((await run("trap '' XCPU; while :; do :; done")).end, 'SIGKILL');
  });

  test('the time that a program sleeps does not count towards the CPU time limit', async () => {
    assert.deepEqual(await run('sleep 1.5; echo done'), { end: 0, output: 'done\n' });
  });

  test(
    'a program that runs with limits may open 64 files, write 16 MB to a file, and leaves no core dump',
    { skip: process.platform !== 'linux' },
    async () => {
      const { output } = await run('cat /proc/self/limits');
      assert.match(output, /^Max open files +64 +64 /m);
      assert.match(output, /^Max core file size +0 +0 /m);
      // Shells count blocks of 512 or 1024 bytes.
      assert.match(output, /^Max file size +(16777216|33554432) /m);
      const tooLong = 'head -c 40000000 /dev/zero >"$0"';
      const file = join(await mkdtemp(join(tmpdir(), 'everclip-limits-')), 'file');
      const [program, ...args] = limitedCommand('/bin/sh');
      const child = spawn(program, [...args, '-c', tooLong, file], { stdio: 'ignore' });
      await once(child, 'close');
      assert.ok((await stat(file)).size <= 33_554_432);
      await rm(dirname(file), { recursive: true });
    },
  );

  test(
    'a program that runs with limits may use at most 400 MB of memory',
    { skip: process.platform !== 'linux' },
    async () => {
      assert.equal((await run('ulimit -d')).output, '409600\n');
    },
  );
});
