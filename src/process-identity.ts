import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Replaces the start time of a process if the system does not provide it. */
const UNKNOWN_START = '0';

/**
 * Returns `<pid>.<start>`, which identifies a process until the machine restarts.
 *
 * The pid is not enough because systems reuse pids. When a container restarts, its program even gets the same pid
 * again.
 */
export function identityOf(pid: number): string {
  return `${pid}.${startOf(pid)}`;
}

export const ownIdentity = identityOf(process.pid);

/**
 * True if the process with this identity is alive. A zombie (killed but not yet reaped) does not count as alive.
 *
 * Text after a second dot is ignored, so a file name that begins with an identity can be passed unchanged.
 */
export function isAlive(identity: string): boolean {
  const [pid, start] = identity.split('.');
  const current = startOf(Number(pid));
  return current === start || current === UNKNOWN_START;
}

/** Returns a text that differs between processes with the same pid, or null if no process has this pid. */
function startOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  try {
    return process.platform === 'linux' ? startTicks(pid) : startTime(pid);
  } catch {
    return exists(pid) ? UNKNOWN_START : null;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Reads the start time from /proc, in clock ticks after boot. */
function startTicks(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // proc(5): `pid (name) state … starttime`. The name can contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}

/** Reads the start time from `ps`, for systems without /proc. */
function startTime(pid: number): string | null {
  const line = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
  }).trim();
  const [state = '', ...start] = line.split(/\s+/);
  return line === '' || state.startsWith('Z') ? null : start.join('-').replace(/[^\w-]/g, '-');
}
