/** Runs a piece of work when its turn has come. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Of all the work that is given to it, at most `count` is under way at a time; the rest waits in line. */
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
