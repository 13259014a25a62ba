const tails = new Map<string, Promise<unknown>>();

/**
 * Runs tasks with the same key one after another within this process. Different keys run in parallel.
 *
 * The queue is cheaper than a file lock. The queue also ensures that a process never waits for its own lock. If a task
 * fails, the next task still runs.
 */
export async function runInTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
  const previous = tails.get(key) ?? Promise.resolve();
  const mine = previous.then(task, task);
  tails.set(key, mine);
  try {
    return await mine;
  } finally {
    if (tails.get(key) === mine) tails.delete(key);
  }
}
