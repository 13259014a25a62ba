/** A hidden page paints nothing, so nothing waits longer for a paint, in milliseconds. */
const MAX_WAIT_MS = 1000;

/**
 * Waits until the browser has painted what the reader did last. Work that takes longer than a frame, such as another list,
 * would delay that paint: https://web.dev/articles/optimize-inp
 */
export async function afterPaint(): Promise<void> {
  if (document.hidden) return;
  await new Promise<void>((resolve) => {
    setTimeout(resolve, MAX_WAIT_MS);
    // The callback runs before the paint, and its timer after it.
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
