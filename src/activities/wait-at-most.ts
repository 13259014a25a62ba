/**
 * Waits for a task, but at most `maxMs`. After this time, the task continues, but the caller no longer waits for it.
 * @throws Error if the time is up, or the error of the task if the task fails
 */
export async function waitAtMost(maxMs: number, task: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`timed out after ${maxMs / 1000} s`));
    }, maxMs);
  });
  try {
    await Promise.race([task, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
