import { readdirSync, readFileSync } from 'node:fs';

/**
 * Returns the pid of the media process that a worker started, or null if none runs. Reads /proc, so it needs Linux.
 * `workerPid` is undefined if the worker does not run.
 */
export function findMediaPid(workerPid: number | undefined): number | null {
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name) && isMediaProcess(name, workerPid)) return Number(name);
  }
  return null;
}

function isMediaProcess(pid: string, parentPid: number | undefined): boolean {
  try {
    const isMedia = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/media/process/main.');
    const [, parent] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return isMedia && Number(parent) === parentPid;
  } catch {
    // The process has ended in the meantime.
    return false;
  }
}
