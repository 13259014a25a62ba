import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where nothing tells the start of a process, its pid has to do. */
const UNKNOWN = '0';

/**
 * Names a process for as long as the machine runs: `<pid>.<start>`. The pid alone isn't enough: pids
 * are given out again, and a restarted container gives its program the same small pid at once.
 */
export const identityOf = (pid: number): string => `${pid}.${startOf(pid)}`;

export const ownIdentity = identityOf(process.pid);

/** True while the process that bears this identity lives; a zombie (killed, not yet reaped) doesn't. */
export function isAlive(identity: string): boolean {
  const [pid, start] = identity.split('.');
  const now = startOf(Number(pid));
  return now === start || now === UNKNOWN;
}

/** Something that tells a process from a later one of the same pid; null where there is none. */
function startOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  try {
    return process.platform === 'linux' ? startTicks(pid) : startTime(pid);
  } catch {
    return exists(pid) ? UNKNOWN : null;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startTicks(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // proc(5): `pid (name) state … starttime`, and the name may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function startTime(pid: number): string | null {
  const line = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
  }).trim();
  const [state = '', ...start] = line.split(/\s+/);
  return line === '' || state.startsWith('Z') ? null : start.join('-').replace(/[^\w-]/g, '-');
}
