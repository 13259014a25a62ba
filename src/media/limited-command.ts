import { MAX_CHILD_MEMORY } from './limits.ts';

/**
 * A program and its first arguments, so that `program` runs with a limit on the memory it may write to
 * (RLIMIT_DATA, in kilobytes; Linux counts private mappings as well since 4.7). Where a system knows no
 * such limit the program runs all the same, and -max_pixels and -max_alloc still hold.
 */
export const limited = (program: string): [program: string, ...args: string[]] => [
  '/bin/sh',
  '-c',
  `ulimit -d ${MAX_CHILD_MEMORY / 1024} 2>/dev/null; exec "$0" "$@"`,
  program,
];
