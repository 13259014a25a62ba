import { readFileSync } from 'node:fs';

/** The unit of times in /proc is 1/100 s on every Linux that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;

export interface CpuSeconds {
  workerCpuSeconds: number;
  /** NaN if the server's process is not known. */
  serverCpuSeconds: number;
}

/** Returns the CPU time that this process (the worker) and the server have used so far. */
export function readCpuSeconds(serverPid: number | null): CpuSeconds {
  const { user, system } = process.cpuUsage();
  return {
    workerCpuSeconds: (user + system) / 1e6,
    serverCpuSeconds: serverPid === null ? NaN : sumStatSeconds(serverPid, ['utime', 'stime']),
  };
}

/** Returns the CPU time used between two readings, divided by `count`. */
export function cpuSecondsPerItem(from: CpuSeconds, to: CpuSeconds, count: number): CpuSeconds {
  return {
    workerCpuSeconds: (to.workerCpuSeconds - from.workerCpuSeconds) / count,
    serverCpuSeconds: (to.serverCpuSeconds - from.serverCpuSeconds) / count,
  };
}

/**
 * The field numbers in /proc/<pid>/stat, as listed in proc(5). `cutime` and `cstime` are the CPU times of child
 * processes that have exited.
 */
const STAT_FIELDS = { utime: 14, stime: 15, cutime: 16, cstime: 17 };
/** The number of the first field after the process's name. */
const FIRST_FIELD = 3;

/** Returns the sum of the named times from /proc/<pid>/stat, in seconds. */
export function sumStatSeconds(pid: number | 'self', names: (keyof typeof STAT_FIELDS)[]): number {
  // The name in the second field is in parentheses and may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = names.map((name) => Number(fields[STAT_FIELDS[name] - FIRST_FIELD]));
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}
