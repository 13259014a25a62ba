/**
 * A wait only ends a test that would never end, and measures nothing. In a full run on two cores, a worker once took 20
 * seconds until its first activity.
 */
const MAX_WAIT_MS = 60_000;

/**
 * Waits until `condition` returns a value other than null, undefined or false, and returns this value.
 * @throws Error that names `what` after `timeoutMs`
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = MAX_WAIT_MS,
): Promise<NonNullable<T>> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > untilMs) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await pause(50);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns the value of `task`, or null if `task` takes longer than `maxMs`. */
export async function valueOrNull<T>(task: Promise<T>, maxMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), maxMs);
  });
  try {
    return await Promise.race([task, timeout]);
  } finally {
    // Otherwise, the timer would keep the process alive.
    clearTimeout(timer);
  }
}
