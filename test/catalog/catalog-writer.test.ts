import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CatalogNews } from '../../src/activities/ports.ts';
import { CatalogUnavailable, type CatalogChange } from '../../src/catalog/catalog.ts';
import { createCatalogWriter } from '../../src/catalog/write/catalog-writer.ts';
import type { CatalogOutcome } from '../../src/metrics.ts';
import { until } from '../support/wait.ts';
import { recordChange } from './changes.ts';

/** A catalog that keeps what it is told, and fails as long as `failure` is set. */
function stage(settings: Parameters<typeof createCatalogWriter>[2] = { intervalMs: 1e6 }) {
  const batches: CatalogChange[][] = [];
  const counts: Record<CatalogOutcome, number> = { written: 0, retried: 0, dropped: 0 };
  const warnings: string[] = [];
  const catalog = {
    failure: null as ((batch: readonly CatalogChange[]) => Error | null) | null,
    apply(batch: readonly CatalogChange[]): Promise<void> {
      const error = catalog.failure?.(batch) ?? null;
      if (error !== null) return Promise.reject(error);
      batches.push([...batch]);
      return Promise.resolve();
    },
  };
  const store = {
    requests: 0,
    failure: null as Error | null,
    request(): Promise<void> {
      if (store.failure !== null) return Promise.reject(store.failure);
      store.requests += 1;
      return Promise.resolve();
    },
  };
  const writer = createCatalogWriter(
    { catalog, store },
    {
      metrics: { catalogChanges: (outcome, count) => (counts[outcome] += count) },
      log: { warn: (_: unknown, message?: string) => warnings.push(message ?? '') },
    },
    settings,
  );
  return { writer, catalog, store, batches, counts, warnings };
}

const news = (n: number, Revision = 1, Attempt = 1): CatalogNews =>
  recordChange(n, { Revision, Attempt });
const isUnavailable = () => new CatalogUnavailable('gone');
const refused = () => Object.assign(new Error('invalid value'), { code: '22021' });

describe('the catalog’s writer', () => {
  test('if an object changes more than once, only its highest revision is written', async () => {
    const { writer, batches, counts } = stage();
    for (const each of [news(1, 2), news(2), news(1, 3, 2), news(1, 3, 1), news(1, 1)])
      writer.tell(each);
    await writer.flush();
    assert.deepEqual(batches, [[news(1, 3, 2), news(2)]]);
    assert.deepEqual(counts, { written: 2, retried: 0, dropped: 0 });
    await writer.flush();
    assert.equal(batches.length, 1);
  });

  test('news are written without a flush, together', async () => {
    const { writer, batches } = stage({ intervalMs: 5 });
    writer.tell(news(1));
    writer.tell(news(2));
    await until('the news are written', () => Promise.resolve(batches.length > 0));
    assert.deepEqual(batches, [[news(1), news(2)]]);
    writer.tell(news(3));
    await until('more news are written', () => Promise.resolve(batches.length > 1));
  });

  test('while the database does not answer, the news wait and newer news replace them', async () => {
    const { writer, catalog, batches, counts, warnings } = stage();
    catalog.failure = isUnavailable;
    for (let attempt = 0; attempt < 3; attempt++) {
      writer.tell(news(1, 5));
      writer.tell(news(2));
      await writer.flush();
    }
    assert.deepEqual(counts, { written: 0, retried: 6, dropped: 0 });
    assert.equal(warnings.length, 1, 'one line a minute');
    catalog.failure = null;
    writer.tell(news(1, 6));
    writer.tell(news(2));
    await writer.flush();
    assert.deepEqual(batches, [[news(1, 6), news(2)]]);
  });

  test('news that arrive during a failed write are newer than the news of that write', async () => {
    const { writer, catalog, batches } = stage();
    catalog.failure = () => {
      writer.tell(news(1, 8));
      return isUnavailable();
    };
    writer.tell(news(1, 7));
    await writer.flush();
    catalog.failure = null;
    await writer.flush();
    assert.deepEqual(batches, [[news(1, 8)]]);
  });

  test('the queue is bounded, and news beyond the bound are counted as dropped', async () => {
    const { writer, catalog, store, batches, counts } = stage({ intervalMs: 1e6, maxPending: 3 });
    store.failure = isUnavailable();
    catalog.failure = isUnavailable;
    for (let n = 0; n < 5; n++) writer.tell(news(n));
    writer.tell(news(0, 2));
    await writer.flush();
    assert.equal(counts.dropped, 2);
    catalog.failure = null;
    store.failure = null;
    await writer.flush();
    assert.deepEqual(batches, [[news(0, 2), news(1), news(2)]]);
    await writer.flush();
    assert.equal(store.requests, 1, 'the reconcile finds what was dropped');
  });

  test('a change that the database refuses is dropped, and the others are written', async () => {
    const { writer, catalog, store, batches, counts } = stage();
    catalog.failure = (batch) => (batch.some(({ key }) => key === news(3).key) ? refused() : null);
    for (let n = 0; n < 6; n++) writer.tell(news(n));
    await writer.flush();
    assert.deepEqual(batches.flat(), [news(0), news(1), news(2), news(4), news(5)]);
    assert.deepEqual(counts, { written: 5, retried: 0, dropped: 1 });
    assert.equal(store.requests, 1);
  });

  test('a backlog is written in statements of a bounded size', async () => {
    const { writer, batches } = stage({ intervalMs: 1e6, maxBatch: 4 });
    for (let n = 0; n < 10; n++) writer.tell(news(n));
    await Promise.all([writer.flush(), writer.flush()]);
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [4, 4, 2],
    );
  });

  test('large changes are written in more statements, each with at least one change', async () => {
    const large = (n: number): CatalogNews =>
      recordChange(n, { Description: 'x'.repeat(n === 1 ? 5000 : 1500) });
    const { writer, batches } = stage({ intervalMs: 1e6, maxCharacters: 5000 });
    for (let n = 0; n < 6; n++) writer.tell(large(n));
    await writer.flush();
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [1, 1, 2, 2],
    );
  });

  test('a change that fails for an error of the program is dropped, and does not hold up the others', async () => {
    const { writer, catalog, batches, counts } = stage();
    const fails = (batch: readonly CatalogChange[]) => batch.some(({ key }) => key === news(1).key);
    catalog.failure = (batch) => (fails(batch) ? new TypeError('a bug') : null);
    for (let n = 0; n < 3; n++) writer.tell(news(n));
    await writer.flush();
    assert.deepEqual(batches.flat(), [news(0), news(2)]);
    assert.deepEqual(counts, { written: 2, retried: 0, dropped: 1 });
  });

  test('a worker that starts gets its reconcile as soon as the database answers, and asks once', async () => {
    const { writer, store, batches } = stage({ intervalMs: 1 });
    store.failure = isUnavailable();
    writer.requestReconcile();
    await writer.flush();
    assert.equal(store.requests, 0);
    store.failure = null;
    await until('the reconcile is requested', () => Promise.resolve(store.requests > 0));
    writer.tell(news(1));
    await until('the news are written', () => Promise.resolve(batches.length > 0));
    await writer.flush();
    assert.equal(store.requests, 1);
  });

  test('close writes what is pending, and nothing after it', async () => {
    const { writer, batches, counts, catalog } = stage();
    writer.tell(news(1));
    await writer.close();
    writer.tell(news(2));
    await writer.flush();
    assert.deepEqual(batches, [[news(1)]]);
    catalog.failure = isUnavailable;
    const other = stage();
    other.catalog.failure = isUnavailable;
    other.writer.tell(news(1));
    await other.writer.close();
    assert.equal(other.counts.dropped, 1);
    assert.equal(other.store.requests, 1);
    assert.equal(counts.dropped, 0);
  });
});
