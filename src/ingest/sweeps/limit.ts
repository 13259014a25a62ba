/** Runs a task. If the maximum number of tasks is already running, the task waits until one of them ends. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Creates a limit that lets at most `count` tasks run at a time. Further tasks wait in the order in which they were
 * added.
 */
export function createLimit(count: number): Limit {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
