/**
 * Keeps skipped transitions between pages silent. A browser skips a transition if the page is slow or hidden, and reports
 * that as an error of the page unless a script handles the rejection.
 */
export function ignoreSkippedTransitions(): void {
  const ignore = ({ viewTransition }: PageRevealEvent | PageSwapEvent) => {
    viewTransition?.ready.catch(() => undefined);
    viewTransition?.finished.catch(() => undefined);
  };
  addEventListener('pagereveal', ignore);
  addEventListener('pageswap', ignore);
}
