import { randomUUID } from 'node:crypto';
import { ownIdentity } from '../../process-identity.ts';
import type { ReconcileProgress, ReconcileStore } from './store.ts';

/** How often progress is reported, in milliseconds. A claim that is not renewed for a minute is over. */
const REPORT_EVERY_MS = 2000;

/** The right to reconcile, and its progress. Other processes see the progress in the catalog's state. */
export interface Claim {
  readonly progress: ReconcileProgress;
  /** Aborted if another reconcile has taken over, because this process did not report for too long. */
  readonly lost: AbortSignal;
  /**
   * @throws CatalogUnavailable, or Error if another reconcile has taken over
   */
  finish(end: { isComplete: boolean }): Promise<void>;
}

const LOST = 'another reconcile has taken over, because this one did not answer for a minute';

/**
 * Claims the reconcile, and reports its progress every two seconds until it is finished. Returns null if another
 * reconcile runs.
 * @throws CatalogUnavailable
 */
export async function claimReconcile(
  store: ReconcileStore,
  onProgress: (progress: ReconcileProgress) => void,
): Promise<Claim | null> {
  const owner = `${ownIdentity}.${randomUUID()}`;
  if (!(await store.claim(owner))) return null;
  const progress: ReconcileProgress = { done: 0, total: null };
  const lost = new AbortController();
  let reporting: Promise<void> | null = null;

  async function report(): Promise<void> {
    onProgress({ ...progress });
    try {
      if (!(await store.report(owner, progress))) lost.abort(new Error(LOST));
    } catch {
      // The reconcile itself notices a database that does not answer. If the database answers again, so does the report.
    }
    reporting = null;
  }

  const timer = setInterval(() => {
    reporting ??= report();
  }, REPORT_EVERY_MS);

  return {
    progress,
    lost: lost.signal,
    async finish(end) {
      clearInterval(timer);
      await reporting;
      onProgress({ ...progress });
      if (!(await store.finish(owner, end))) throw new Error(LOST);
    },
  };
}
