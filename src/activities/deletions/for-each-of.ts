/**
 * Calls `run` for every item, for at most `count` items at a time. The items are read only as fast as `run` handles
 * them.
 * @throws the first error of `run`, after the other calls have ended
 */
export async function forEachOf<T>(
  items: Iterator<T>,
  count: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  async function work(): Promise<void> {
    try {
      while (failures.length === 0) {
        const next = items.next();
        if (next.done === true) return;
        await run(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  }
  await Promise.all(Array.from({ length: count }, work));
  if (failures.length === 0) return;
  throw failures[0];
}
