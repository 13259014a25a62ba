import type { Row } from './measure.ts';

const MAX_REQUESTS = 4;
const MAX_CPU_OF_OLD = 0.6;
const MAX_BYTES_OF_OLD = 0.02;

/** What a game-recorder clip misses of what a thumbnail may cost, in sentences; no picture is a miss as well. */
export function missesOf(row: Row): string[] {
  const { file, bytes, limitBytes, requests, cpuSeconds, oldCpuSeconds, oldBytes } = row;
  const { error, fallback } = row;
  const mostBytes = 1.3 * (limitBytes ?? 0) + 64 * 1024;
  const isMedium = file.includes('30MB');
  return [
    error !== null && error,
    fallback !== null && `downloaded whole (${fallback})`,
    bytes > mostBytes && `${bytes} bytes, more than ${Math.round(mostBytes)}`,
    isMedium &&
      bytes > MAX_BYTES_OF_OLD * oldBytes &&
      `${bytes} bytes of the old way's ${oldBytes}`,
    requests > MAX_REQUESTS && `${requests} requests`,
    cpuSeconds > MAX_CPU_OF_OLD * oldCpuSeconds && `CPU ${cpuSeconds} s of ${oldCpuSeconds} s`,
  ].flatMap((miss) => (miss === false ? [] : [`MISSED ${file}: ${miss}`]));
}
