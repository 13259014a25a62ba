import type { CatalogNews, CatalogPort } from '../../activities/ports.ts';
import { createLogLimit } from '../../log-limit.ts';
import type { Logger } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { CatalogUnavailable, type Catalog } from '../catalog.ts';
import type { ReconcileStore } from '../reconcile/store.ts';
import { isOlder } from './apply.ts';
import { MAX_BATCH_CHANGES, MAX_BATCH_CHARACTERS } from './batch-limits.ts';

/** News are collected for this long, so that many clips share a statement, and one clip is written once. */
const FLUSH_INTERVAL_MS = 1000;
/** News beyond this number are dropped. The reconcile finds them in the bucket. */
const MAX_PENDING = 10_000;

/** Passes the news of a worker on to the catalog. */
export interface CatalogWriter extends CatalogPort {
  /** Asks for a reconcile as soon as the database answers, because the catalog may lack changes. Returns at once. */
  requestReconcile(): void;
  /** Writes what is pending now. Never rejects. */
  flush(): Promise<void>;
  /** Writes what is pending, once, and ignores later news. Never rejects. */
  close(): Promise<void>;
}

/**
 * Creates the writer. It keeps the newest news of each object and writes them once a second. If the database does not
 * answer, the news wait for the next second, at most MAX_PENDING of them. A change that can't be written is dropped.
 * If a change was dropped, the writer asks `store` for a reconcile. `settings` are for tests.
 */
export function createCatalogWriter(
  { catalog, store }: { catalog: Pick<Catalog, 'apply'>; store: Pick<ReconcileStore, 'request'> },
  { metrics, log }: { metrics: Pick<Metrics, 'catalogChanges'>; log: Pick<Logger, 'warn'> },
  {
    intervalMs = FLUSH_INTERVAL_MS,
    maxPending = MAX_PENDING,
    maxBatch = MAX_BATCH_CHANGES,
    maxCharacters = MAX_BATCH_CHARACTERS,
  } = {},
): CatalogWriter {
  const pending = new Map<string, CatalogNews>();
  const limit = createLogLimit();
  let timer: NodeJS.Timeout | null = null;
  let flushing: Promise<void> | null = null;
  let isReconcileWanted = false;
  let isClosed = false;

  function add(news: CatalogNews): void {
    const known = pending.get(news.key);
    if (known !== undefined && isOlder(news, known)) return;
    if (known === undefined && pending.size >= maxPending) {
      drop(1);
      return;
    }
    pending.set(news.key, news);
  }

  function drop(count: number): void {
    metrics.catalogChanges('dropped', count);
    isReconcileWanted ||= count > 0;
  }

  function schedule(): void {
    if (isClosed || timer !== null || (pending.size === 0 && !isReconcileWanted)) return;
    timer = setTimeout(() => {
      timer = null;
      void flush().then(schedule);
    }, intervalMs);
    timer.unref();
  }

  async function flush(): Promise<void> {
    while (flushing !== null) await flushing;
    flushing = writePending().then(askForReconcile);
    await flushing;
    flushing = null;
  }

  /** Stops at the first batch that the database does not answer. */
  async function writePending(): Promise<void> {
    let left = pending.size;
    while (left > 0) {
      const batch = firstOf(pending.values());
      left -= batch.length;
      for (const { key } of batch) pending.delete(key);
      const waiting = await write(batch);
      // News that arrived meanwhile are newer.
      for (const news of waiting) if (!pending.has(news.key)) add(news);
      if (waiting.length > 0) break;
    }
  }

  /** Returns as many news as fit in a statement, at least one. */
  function firstOf(waiting: Iterable<CatalogNews>): CatalogNews[] {
    const batch: CatalogNews[] = [];
    let characters = 0;
    for (const news of waiting) {
      characters += JSON.stringify(news).length;
      if (batch.length > 0 && (batch.length >= maxBatch || characters > maxCharacters)) break;
      batch.push(news);
    }
    return batch;
  }

  /** What is dropped later needs another reconcile, so the wish is forgotten before the database hears of it. */
  async function askForReconcile(): Promise<void> {
    if (!isReconcileWanted) return;
    isReconcileWanted = false;
    try {
      await store.request();
    } catch (error) {
      isReconcileWanted = true;
      warn('the catalog does not answer; its changes wait', error);
    }
  }

  /** Returns the news that have to be written again. */
  async function write(batch: readonly CatalogNews[]): Promise<readonly CatalogNews[]> {
    try {
      await catalog.apply(batch);
      metrics.catalogChanges('written', batch.length);
      return [];
    } catch (error) {
      if (error instanceof CatalogUnavailable) {
        warn('the catalog does not answer; its changes wait', error);
        metrics.catalogChanges('retried', batch.length);
        return batch;
      }
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        return [...(await write(batch.slice(0, half))), ...(await write(batch.slice(half)))];
      }
      warn('the catalog refused a change; the change is dropped', error);
      drop(1);
      return [];
    }
  }

  function warn(message: string, error: unknown): void {
    if (!limit.mayLog(message)) return;
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, message);
  }

  return {
    tell(news) {
      if (isClosed) return;
      add(news);
      schedule();
    },
    requestReconcile() {
      isReconcileWanted = true;
      schedule();
    },
    flush,
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      await flush();
      if (pending.size === 0) return;
      drop(pending.size);
      pending.clear();
      await askForReconcile();
    },
  };
}
