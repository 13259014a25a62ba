import type { Metrics } from '../metrics.ts';
import type { ReadableCatalog } from './ports.ts';
import { withDeadline } from './support/deadline.ts';

/** How often the catalog is checked, and how long an answer may take, in milliseconds. */
const CHECK_MS = 10_000;
const MAX_WAIT_MS = 5000;

/** Reports that the library is ready while the catalog answers. Without the catalog, only links work. */
export function watchCatalog(
  catalog: Pick<ReadableCatalog, 'readState'>,
  metrics: Pick<Metrics, 'ready'>,
): { stop(): void } {
  let hasStopped = false;
  const check = async () => {
    const isUp = await withDeadline(MAX_WAIT_MS, () => catalog.readState()).then(
      () => true,
      () => false,
    );
    if (!hasStopped) metrics.ready(isUp);
  };
  void check();
  const timer = setInterval(() => void check(), CHECK_MS);
  return {
    stop() {
      hasStopped = true;
      clearInterval(timer);
    },
  };
}
