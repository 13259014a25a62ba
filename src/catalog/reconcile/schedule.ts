import { setTimeout as sleep } from 'node:timers/promises';
import { createLogLimit } from '../../log-limit.ts';
import { reconcile, type ReconcileParts } from './reconcile.ts';
import type { ReconcileSummary } from './summary.ts';

/** A complete reconcile is repeated after this time, in milliseconds. It finds what a worker could not tell. */
const RECONCILE_EVERY_MS = 24 * 60 * 60 * 1000;

/**
 * A requested reconcile starts at the earliest this long after the last complete one, in milliseconds. A worker that
 * crashes every few seconds asks each time it starts.
 */
const MIN_PAUSE_MS = 60 * 1000;

/** How often the schedule looks at the catalog, in milliseconds. The look is one short query. */
const CHECK_EVERY_MS = 10_000;

/** The pause after the first failure, as a part of CHECK_EVERY_MS. Most outages of a database are short. */
const FIRST_PAUSE = 0.1;

/** After failures, the pause doubles up to this time, in milliseconds. */
const MAX_PAUSE_MS = 10 * 60 * 1000;

/** Has the shape of the program's other running parts. */
export interface ReconcileSchedule {
  /** Resolves when the schedule has stopped. Never rejects. */
  readonly stopped: Promise<void>;
  stop(): void;
}

/**
 * Reconciles at the start, whenever the catalog has never been complete, when a worker asks for it, and once a day. A
 * worker that was killed, or that wrote while the database was down, could not tell the catalog what it wrote. So workers
 * ask when they start, and when they had to drop changes.
 * The database keeps the time of the last complete reconcile. A catalog that is lost and created again is rebuilt within
 * seconds.
 *
 * If a reconcile fails, one line says why, and the schedule tries again. `times` are for tests, in milliseconds.
 */
export function startReconcileSchedule(
  parts: ReconcileParts,
  {
    everyMs = RECONCILE_EVERY_MS,
    minPauseMs = MIN_PAUSE_MS,
    checkMs = CHECK_EVERY_MS,
    maxPauseMs = MAX_PAUSE_MS,
  } = {},
): ReconcileSchedule {
  const stopping = new AbortController();
  const { signal } = stopping;
  const limit = createLogLimit();

  async function run(): Promise<void> {
    let failures = 0;
    let isFirst = true;
    while (!isStopping()) {
      try {
        if ((await isDue()) || isFirst) isFirst = !(await reconcileOnce()) && isFirst;
        failures = 0;
      } catch (error) {
        if (isStopping()) return;
        failures += 1;
        warn(error);
      }
      const afterFailureMs = checkMs * FIRST_PAUSE * 2 ** (failures - 1);
      const pauseMs = failures === 0 ? checkMs : Math.min(afterFailureMs, maxPauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  function isStopping(): boolean {
    return signal.aborted;
  }

  async function isDue(): Promise<boolean> {
    const ageMs = await parts.store.readAgeMs();
    // A clock that was set back makes the age negative.
    if (ageMs === null || Math.abs(ageMs) >= everyMs) return true;
    return Math.abs(ageMs) >= minPauseMs && (await parts.store.isRequested());
  }

  /** Returns false if another process reconciles. */
  async function reconcileOnce(): Promise<boolean> {
    const startedAtMs = performance.now();
    const summary = await reconcile(parts, { signal });
    if (summary === null) return false;
    parts.log.info(describe(summary, performance.now() - startedAtMs));
    return true;
  }

  function warn(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const line = `the catalog is not compared with the bucket: ${reason}; trying again`;
    if (limit.mayLog(line)) parts.log.warn(line);
  }

  return { stopped: run(), stop: () => stopping.abort() };
}

function describe({ listed, read, removed }: ReconcileSummary, tookMs: number): string {
  return `the catalog has every object of the bucket: ${listed} listed, ${read} read, ${removed} removed in ${Math.round(tookMs / 1000)} s`;
}
