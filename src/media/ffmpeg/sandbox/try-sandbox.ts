import { execFile } from 'node:child_process';
import { limitedCommand } from '../limits.ts';
import { createSandbox, type SandboxOptions, setSandbox } from './sandbox.ts';

/** Whether the sandbox works on this machine, and if not, why. */
export type SandboxTrial = { works: true } | { works: false; reason: string };

export interface TrialOptions extends SandboxOptions {
  /** The paths of the programs that must run in the sandbox with the argument `-version`. */
  programs: readonly string[];
  /** The environment of the trial; the environment of this process by default. */
  environment?: Record<string, string>;
}

const TIMEOUT_MS = 10_000;
/** In its own namespace, the first process has the pid 1. The arguments are the programs. */
const CHECK = '[ $$ = 1 ] || exit; for program; do "$program" -version >/dev/null || exit; done';

/**
 * Runs ffmpeg and ffprobe of this process in a sandbox from now on, if the sandbox works on this machine. If not, they
 * run without a sandbox.
 */
export async function useSandboxIfPossible(options: TrialOptions): Promise<SandboxTrial> {
  const trial = await trySandbox(options);
  if (trial.works) setSandbox(createSandbox(options));
  return trial;
}

/**
 * Tries the sandbox out. Some systems and most containers don't allow user namespaces, and some packages of ffmpeg, such
 * as snaps, don't run in a sandbox.
 */
export function trySandbox(options: TrialOptions): Promise<SandboxTrial> {
  if (process.platform !== 'linux')
    return Promise.resolve({ works: false, reason: 'only Linux has namespaces' });
  const [program, ...args] = limitedCommand('/bin/sh', { sandbox: createSandbox(options) });
  const { programs, environment } = options;
  const env = environment && { env: environment };
  return new Promise((resolve) => {
    execFile(
      program,
      [...args, '-c', CHECK, 'sh', ...programs],
      { timeout: TIMEOUT_MS, ...env },
      (error, _stdout, stderr) => {
        if (!error) {
          resolve({ works: true });
          return;
        }
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        const [line = ''] = stderr.trim().split('\n');
        const reason = isMissing ? `${program} not found` : line || 'the trial failed';
        resolve({ works: false, reason });
      },
    );
  });
}
