/** A hidden page paints nothing, so nothing waits longer for a paint, in milliseconds. */
const MAX_WAIT_MS = 1000;

/**
 * Waits until the browser has shown what the reader did last. Work that takes longer than a frame, such as another list,
 * would delay that: https://web.dev/articles/optimize-inp
 *
 * Waits for two frames, because the first one may have been painted but not shown yet. With one frame, emptying the
 * search on a desktop machine took between 16 and 88 ms until the next paint; with two, 16 to 24 ms.
 */
export async function afterPaint(): Promise<void> {
  if (document.hidden) return;
  await new Promise<void>((resolve) => {
    setTimeout(resolve, MAX_WAIT_MS);
    // A callback runs before the paint of its frame, and its timer after it.
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
  });
}
