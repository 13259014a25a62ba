/** Runs a task as soon as fewer tasks than the limit are running. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Creates a limit of `count` tasks at a time. Further tasks wait in the order in which they were added. */
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
