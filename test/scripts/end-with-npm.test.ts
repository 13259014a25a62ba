import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';
import { pause, until } from '../support/wait.ts';

const HELPER = new URL('../../scripts/support/end-with-npm.mjs', import.meta.url).href;
const HELPER_FILE = fileURLToPath(HELPER);

const RUN = new URL('../../src/run-until-signal.ts', import.meta.url).href;
const NODE = `node ${TYPESCRIPT_FLAGS.join(' ')}`;

/**
 * This program logs its pid when it starts. It logs "stopped" when it begins to stop, and "finished" when its work in
 * progress is finished.
 */
const PROGRAM = `
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { endWithNpm } from ${JSON.stringify(HELPER)};
import { runUntilSignal } from ${JSON.stringify(RUN)};
endWithNpm();
const log = (line) => appendFileSync('log', line + '\\n');
await runUntilSignal(async () => {
  log(process.pid);
  setInterval(() => undefined, 1000);
  let stop;
  const stopping = new Promise((resolve) => (stop = resolve));
  const stopped = stopping.then(() => log('stopped')).then(() => pause(1200)).then(() => log('finished'));
  return { stopped, stop };
});
`;

/** Runs the program with this command, and waits until it runs. */
async function stage(
  t: TestContext,
  { command = 'npm', args = ['start'], start = '', shell = '/bin/sh' },
) {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-npm-'));
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
  const { npm_lifecycle_script: _, ...env } = process.env;
  const child: ChildProcess = spawn(command, args, {
    cwd: folder,
    env: { ...env, npm_config_script_shell: shell },
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
  const killGroup = (signal: NodeJS.Signals) =>
    child.pid !== undefined && process.kill(-child.pid, signal);
  return { pid, kill, killGroup, readLog };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The log of a program that gets a signal and has enough time to finish its work. */
const logOf = (pid: number) => `${pid}\nstopped\nfinished\n`;

// bash replaces itself with the command that npm gives it; dash doesn't.
for (const shell of ['/bin/sh', '/bin/bash']) {
  describe(`npm with ${shell}`, { skip: !existsSync(shell) && `${shell} not found` }, () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const suffix of ['', '; true']) {
        const start = `${NODE} program.mjs${suffix}`;
        test(`if npm gets a ${signal}, the program of "node program.mjs${suffix}" finishes its work`, async (t) => {
          const { pid, kill, readLog } = await stage(t, { start, shell });
          await kill(signal);
          await until('the end of the program', () => !isAlive(pid));
          assert.equal(await readLog(), logOf(pid));
        });
      }
    }

    // A terminal sends SIGINT for Ctrl-C, and SIGHUP when it is closed. A supervisor sends SIGTERM.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      test(`if npm and the program both get a ${signal}, the program finishes its work`, async (t) => {
        const { pid, killGroup, readLog } = await stage(t, {
          start: `${NODE} program.mjs`,
          shell,
        });
        killGroup(signal);
        await until('the end of the program', () => !isAlive(pid));
        assert.equal(await readLog(), logOf(pid));
      });
    }
  });
}

test('a program that runs without npm goes on when its parent has ended', async (t) => {
  const args = ['-c', `${NODE} program.mjs; true`];
  const { pid, kill } = await stage(t, { command: 'sh', args });
  await kill('SIGKILL');
  await pause(1500);
  assert.ok(isAlive(pid));
});

/** This program prints the processes whose secrets `npm start` overwrites. */
const FINDER = `
import { readFileSync } from 'node:fs';
import { findNpmProcesses } from ${JSON.stringify(HELPER)};
const titles = findNpmProcesses(process.argv[2]).map((pid) =>
  readFileSync('/proc/' + pid + '/cmdline', 'utf8').replaceAll('\\0', ' ').trim());
console.log(JSON.stringify(titles));
`;

describe(
  'the processes whose secrets are overwritten',
  { skip: process.platform !== 'linux' },
  () => {
    /** Runs the program as an npm script, and returns the command lines of the processes that it finds. */
    async function find(
      t: TestContext,
      args: string[],
      ...packageJson: string[]
    ): Promise<string[]> {
      const folder = await mkdtemp(join(tmpdir(), 'everclip-npm-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      await writeFile(join(folder, 'finder.mjs'), FINDER);
      const finder = `node finder.mjs ${packageJson[0] ?? join(folder, 'package.json')}`;
      await writeFile(join(folder, 'loop.sh'), `${finder}; ${finder}\n`);
      const scripts = { start: finder, other: finder, outer: 'npm start' };
      await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts }));
      if (args[1] === 'start-loop') {
        const looped = { scripts: { start: 'sh ./loop.sh' } };
        await writeFile(join(folder, 'package.json'), JSON.stringify(looped));
      }
      const { npm_lifecycle_script: _, ...env } = process.env;
      const command = args[1] === 'start-loop' ? ['start'] : args;
      const { stdout } = await promisify(execFile)('npm', [...command, '--loglevel', 'silent'], {
        cwd: folder,
        env: { ...env, npm_config_script_shell: '/bin/sh' },
      });
      const [line = ''] = stdout.split('\n').filter((each) => each.startsWith('['));
      return JSON.parse(line) as string[];
    }

    test('npm start finds its npm and the shell of its npm, also inside another npm script', async (t) => {
      for (const args of [['start'], ['run', 'outer']]) {
        const found = await find(t, args);
        assert.match(found.at(-1) ?? '', /^npm start/);
        assert.ok(found.length === 1 || found[0]?.startsWith('/bin/sh -c node finder.mjs'));
      }
    });

    test('a loop, another npm script and the npm of another package keep their secrets', async (t) => {
      assert.deepEqual(await find(t, ['run', 'start-loop']), []);
      assert.deepEqual(await find(t, ['run', 'other']), []);
      assert.deepEqual(await find(t, ['start'], HELPER_FILE), []);
    });
  },
);
