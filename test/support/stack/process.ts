import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guard } from './guard.ts';
import { until } from '../wait.ts';

/** One of our programs as a process of its own, to be killed and started again. */
export interface StackProcess {
  /** Starts it; resolves when it says that it is ready, or at once with `wait: false`. */
  start(options?: { wait?: boolean }): Promise<void>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; returns the exit code. */
  terminate(): Promise<number | null>;
  /** Throws where it ended although nobody told it to. */
  check(): void;
  /** All that it has written so far. */
  output(): string;
  readonly pid: number | undefined;
}

export interface StackProcessOptions {
  /** From the checkout's root, such as `src/workers/main.ts`. */
  main: string;
  /** The line that says that it works. */
  ready: RegExp;
  env: Record<string, string>;
  logFile: string;
  guard: Guard;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const START_MS = 60_000;

/** A program that isn't started yet. It works in its log's folder, where no `.env` of a developer lies. */
export function stackProcess(options: StackProcessOptions): StackProcess {
  const { main, ready, env, logFile, guard } = options;
  let child: ChildProcess | null = null;
  let expected = true;

  const output = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const isRunning = (): boolean =>
    child !== null && child.exitCode === null && child.signalCode === null;
  const check = (): void => {
    if (!expected && !isRunning()) {
      throw new Error(`${main} ended by itself (${child?.exitCode ?? child?.signalCode})`);
    }
  };

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    expected = true;
    if (child === null || !isRunning()) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  return {
    async start({ wait = true } = {}) {
      if (isRunning()) throw new Error(`${main} runs already`);
      const log = openSync(logFile, 'a');
      const offset = statSync(logFile).size;
      child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ROOT + main], {
        cwd: dirname(logFile),
        env: { ...env, TSX_TSCONFIG_PATH: `${ROOT}tsconfig.json` },
        stdio: ['ignore', log, log],
        // A group of its own: its ffmpegs go with it when the guard ends.
        detached: true,
      });
      closeSync(log);
      expected = false;
      const { pid } = child;
      if (pid === undefined) throw new Error(`${main} can't be started`);
      guard.watch(pid);
      if (!wait) return;
      await until(
        `${main} to be ready`,
        () => {
          check();
          return ready.test(readFileSync(logFile).subarray(offset).toString('utf8'));
        },
        START_MS,
      );
    },
    async kill() {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
    check,
    output,
    get pid() {
      return child?.pid;
    },
  };
}
