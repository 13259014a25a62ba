import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Guard } from './guard.ts';
import { programArguments } from '../program-arguments.ts';
import { until } from '../wait.ts';

/** One of our programs in its own process, which a test can kill and start again. */
export interface StackProcess {
  /** Starts the program. Resolves when the program reports that it is ready, or at once if `wait` is false. */
  start(options?: { wait?: boolean }): Promise<void>;
  /** Kills the program with -9 and waits for its end. */
  kill(): Promise<void>;
  /** Sends SIGTERM and waits until the program has ended. Returns the exit code. */
  terminate(): Promise<number | null>;
  /** @throws Error if the program ended although no test stopped it */
  check(): void;
  /** The whole output of the program so far. */
  output(): string;
  /** The end of the output. */
  lastLines(): string;
  readonly pid: number | undefined;
}

export interface StackProcessOptions {
  /** Path from the root of the checkout, such as `src/workers/main.ts`, or `dist/workers/main.js` after a build. */
  main: string;
  /** Matches the log line that says that the program is ready. */
  ready: RegExp;
  env: Record<string, string>;
  logFile: string;
  guard: Guard;
}

const START_TIMEOUT_MS = 60_000;
const LAST_LINES = 12;

/**
 * Prepares a program without starting it.
 *
 * The program's working directory is the folder of its log, because the checkout may have a developer's `.env`.
 */
export function createStackProcess(options: StackProcessOptions): StackProcess {
  const { main, ready, env, logFile, guard } = options;
  let child: ChildProcess | null = null;
  let mayEnd = true;

  const output = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const lastLines = (): string => output().trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  const isRunning = (): boolean => child?.exitCode === null && child.signalCode === null;
  const check = (): void => {
    if (!mayEnd && !isRunning()) {
      const end = child?.exitCode ?? child?.signalCode;
      throw new Error(`${main} ended unexpectedly (${end}):\n${lastLines()}`);
    }
  };

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    mayEnd = true;
    if (child === null || !isRunning()) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  return {
    async start({ wait = true } = {}) {
      if (isRunning()) throw new Error(`${main} is already running`);
      const log = openSync(logFile, 'a');
      const offset = statSync(logFile).size;
      child = spawn(process.execPath, programArguments(main), {
        cwd: dirname(logFile),
        env,
        stdio: ['ignore', log, log],
        // The program gets its own process group, so that the guard also kills the program's ffmpeg processes.
        detached: true,
      });
      closeSync(log);
      mayEnd = false;
      const { pid } = child;
      if (pid === undefined) throw new Error(`${main} could not be started`);
      guard.watch(pid);
      if (!wait) return;
      await until(
        `${main} to be ready`,
        () => {
          check();
          return ready.test(readFileSync(logFile).subarray(offset).toString('utf8'));
        },
        START_TIMEOUT_MS,
      );
    },
    async kill() {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
    check,
    output,
    lastLines,
    get pid() {
      return child?.pid;
    },
  };
}
