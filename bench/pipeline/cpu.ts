import { readFileSync } from 'node:fs';

/** The unit of /proc on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface CpuSeconds {
  workerCpuSeconds: number;
  serverCpuSeconds: number;
}

/** CPU seconds used so far: by this process, which is the worker, and by the server (NaN: not known). */
export function cpuSeconds(serverPid: number | null): CpuSeconds {
  const { user, system } = process.cpuUsage();
  return {
    workerCpuSeconds: (user + system) / 1e6,
    serverCpuSeconds: serverPid === null ? NaN : processSeconds(serverPid),
  };
}

/** The difference, for each of `count`. */
export const cpuSecondsEach = (from: CpuSeconds, to: CpuSeconds, count: number): CpuSeconds => ({
  workerCpuSeconds: (to.workerCpuSeconds - from.workerCpuSeconds) / count,
  serverCpuSeconds: (to.serverCpuSeconds - from.serverCpuSeconds) / count,
});

function processSeconds(pid: number): number {
  // utime and stime are fields 14 and 15; the second one is in brackets and may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
