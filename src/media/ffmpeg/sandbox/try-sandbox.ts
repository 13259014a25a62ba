import { execFile, type ExecFileException } from 'node:child_process';
import { promisify } from 'node:util';
import { limitedCommand } from '../limits.ts';
import { createSandbox, type SandboxOptions } from './sandbox.ts';

/**
 * Whether the sandbox works on this machine, and if not, why:
 * - `forbidden`: the machine has no sandbox, as in most containers
 * - `passing`: the machine is short of something, so another trial may succeed
 * - `broken`: the sandbox starts, but not with these programs
 */
export type SandboxTrial =
  | { works: true }
  | { works: false; why: 'forbidden' | 'passing' | 'broken'; reason: string };

export interface TrialOptions extends SandboxOptions {
  /** The paths of the programs that must run in the sandbox with the argument `-version`. */
  programs: readonly string[];
  /** The environment of the trial; the environment of this process by default. */
  environment?: Record<string, string>;
}

const TIMEOUT_MS = 10_000;
const run = promisify(execFile);
/** In its own namespace, the first process has the pid 1. The arguments are the programs. */
const CHECK = '[ $$ = 1 ] || exit; for program; do "$program" -version >/dev/null || exit; done';

/**
 * The messages of the C library and of shells if the machine is short of memory, processes, files or namespaces. The
 * first message means that a program in the sandbox was killed; run.ts explains it.
 */
const SHORTAGE =
  /unshare: sigprocmask|Cannot allocate memory|Out of memory|Resource temporarily unavailable|No space left on device|Too many open files|Cannot fork/i;
const SHORTAGE_CODES = ['EAGAIN', 'ENOMEM', 'ENOSPC', 'EMFILE', 'ENFILE'];
/** Matches the messages of the programs that create the sandbox if the system forbids a namespace or a mount. */
const FORBIDDEN =
  /^(?:unshare|mount|setpriv): (?!sigprocmask).*(?:not permitted|denied|not implemented|Invalid argument)/m;

/**
 * Tries the sandbox out. Some systems and most containers don't allow user namespaces, and some packages of ffmpeg, such
 * as snaps, don't run in a sandbox.
 */
export async function trySandbox(options: TrialOptions): Promise<SandboxTrial> {
  if (process.platform !== 'linux')
    return { works: false, why: 'forbidden', reason: 'only Linux has namespaces' };
  const [program, ...args] = limitedCommand('/bin/sh', { sandbox: createSandbox(options) });
  const { programs, environment } = options;
  const env = environment && { env: environment };
  const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
  try {
    await run(program, [...args, '-c', CHECK, 'sh', ...programs], { ...limits, ...env });
    return { works: true };
  } catch (thrown) {
    const error = thrown as ExecFileException;
    const { code, stderr = '' } = error;
    const [line = ''] = stderr.trim().split('\n');
    const failed = `the trial failed (${code ?? 'timed out'})`;
    const reason = code === 'ENOENT' ? `${program} not found` : line || failed;
    return { works: false, why: whyFailed(error, stderr), reason };
  }
}

function whyFailed(
  { code, signal }: ExecFileException,
  messages: string,
): 'forbidden' | 'passing' | 'broken' {
  if (code === 'ENOENT' || FORBIDDEN.test(messages)) return 'forbidden';
  // A signal means that the time was up, or that the system had no memory left.
  const isShort = SHORTAGE.test(messages) || SHORTAGE_CODES.includes(String(code));
  return isShort || signal != null ? 'passing' : 'broken';
}
