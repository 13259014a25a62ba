import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programArguments } from './program-arguments.ts';
import { temporalCli } from './temporal.ts';
import { until } from './wait.ts';

/** One of our programs in its own process, with its output. */
export interface Program {
  readonly child: ChildProcess;
  /** Standard output and standard error together. */
  output(): string;
  /** Waits until the output matches. */
  prints(what: RegExp, timeoutMs?: number): Promise<void>;
  /** Waits for the end. Returns the exit code, or null if a signal ended the process. */
  exit(): Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs a TypeScript file in `test/` or `src/`. The process gets `env`, PATH, HOME, TEMPORAL_CLI and, if set,
 * WORKFLOW_BUNDLE. Its working directory is the checkout by default.
 */
export function startProgram(
  file: string,
  env: Record<string, string>,
  { cwd = ROOT }: { cwd?: string } = {},
): Program {
  const child = spawn(process.execPath, programArguments(file), {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TEMPORAL_CLI: temporalCli(),
      ...(process.env.WORKFLOW_BUNDLE && { WORKFLOW_BUNDLE: process.env.WORKFLOW_BUNDLE }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    output: () => output,
    async prints(what, timeoutMs = 150_000) {
      await until(`${what} in the output of ${file}`, () => what.test(output), timeoutMs).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; it printed:\n${output}`);
        },
      );
    },
    exit: () => ended,
    async kill(signal) {
      child.kill(signal);
      return await ended;
    },
  };
}
