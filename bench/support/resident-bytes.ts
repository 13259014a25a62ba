import { readFileSync } from 'node:fs';

const BYTES_PER_KB = 1024;

/** Returns the resident memory of a process in bytes, from /proc. 0 if the process has ended. */
export function residentBytes(pid: number): number {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 0;
  }
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * BYTES_PER_KB;
}
