import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pause, until } from '../support/wait.ts';

const HELPER = new URL('../../scripts/support/end-with-npm.mjs', import.meta.url).href;

/** Writes its pid, and "stopped" for each SIGTERM. Its work takes a while longer. */
const PROGRAM = `
import { appendFileSync } from 'node:fs';
import { endWithNpm } from ${JSON.stringify(HELPER)};
endWithNpm();
process.on('SIGTERM', () => { appendFileSync('log', 'stopped\\n'); setTimeout(process.exit, 1200); });
appendFileSync('log', process.pid + '\\n');
setInterval(() => undefined, 1000);
`;

/** Runs the program with this command, and waits until it runs. */
async function stage(t: TestContext, command: string, args: string[], start: string) {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-npm-'));
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
  const { npm_lifecycle_script: _, ...env } = process.env;
  const child: ChildProcess = spawn(command, args, {
    cwd: folder,
    env,
    stdio: 'ignore',
    detached: true,
  });
  const readLog = () => readFile(join(folder, 'log'), 'utf8').catch(() => '');
  const pid = await until('the program', async () => Number.parseInt(await readLog(), 10) || null);
  t.after(async () => {
    child.kill('SIGKILL');
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const killGroup = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
  return { pid, kill, killGroup, readLog };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  for (const start of ['node program.mjs', 'node program.mjs; true', 'exec node program.mjs']) {
    test(`if npm gets a ${signal}, the program of "${start}" gets a SIGTERM and can finish its work`, async (t) => {
      const { pid, kill, readLog } = await stage(t, 'npm', ['start'], start);
      await kill(signal);
      await until('the end of the program', () => !isAlive(pid));
      assert.equal(await readLog(), `${pid}\nstopped\n`);
    });
  }
}

test('if a supervisor sends a SIGTERM to npm and to the program, the program gets no second one', async (t) => {
  const { pid, killGroup, readLog } = await stage(t, 'npm', ['start'], 'node program.mjs');
  killGroup();
  await until('the end of the program', () => !isAlive(pid));
  assert.equal(await readLog(), `${pid}\nstopped\n`);
});

test('a program that runs without npm goes on when its parent has ended', async (t) => {
  const { pid, kill } = await stage(t, 'sh', ['-c', 'node program.mjs; true'], '');
  await kill('SIGKILL');
  await pause(1500);
  assert.ok(isAlive(pid));
});
