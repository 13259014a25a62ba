import { MAX_CHILD_MEMORY, TIME_LIMIT_MS } from './limits.ts';

/** Above the time that we give it, which ends it first as long as we are there to do so. */
const CPU_SECONDS = TIME_LIMIT_MS / 1000 + 5;

/**
 * A program and its first arguments, so that `program` runs with limits of the system: on the memory it
 * may write to (RLIMIT_DATA, in kilobytes; Linux counts private mappings as well since 4.7), and on its
 * seconds of CPU, which hold even where we are killed. Where a system knows no such limit the program
 * runs all the same, and -max_pixels and -max_alloc still hold.
 */
export const limited = (
  program: string,
  cpuSeconds = CPU_SECONDS,
): [program: string, ...args: string[]] => [
  '/bin/sh',
  '-c',
  [
    `ulimit -d ${MAX_CHILD_MEMORY / 1024} 2>/dev/null`,
    // First a signal that ends well what heeds it, then the end.
    `ulimit -t ${cpuSeconds + 2} 2>/dev/null`,
    `ulimit -S -t ${cpuSeconds} 2>/dev/null`,
    'exec "$0" "$@"',
  ].join('; '),
  program,
];
