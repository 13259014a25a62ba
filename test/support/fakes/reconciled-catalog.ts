import type { CatalogChange, CatalogState } from '../../../src/catalog/catalog.ts';
import type { ReconcileParts } from '../../../src/catalog/reconcile/reconcile.ts';
import type { ReconcileProgress, ReconcileStore } from '../../../src/catalog/reconcile/store.ts';
import { FaultQueue } from './fault-queue.ts';

/** A catalog in memory, as far as a reconcile needs one. */
export interface FakeReconciledCatalog {
  catalog: ReconcileParts['catalog'];
  store: ReconcileStore;
  /** The last change of each object that is not removed. */
  rows: Map<string, Exclude<CatalogChange, { kind: 'removed' }>>;
  /** The batches in order. */
  batches: (readonly CatalogChange[])[];
  /** The prefixes whose versions were read. */
  versionReads: string[];
  /** The progress that was reported. */
  reports: ReconcileProgress[];
  beforeApply: FaultQueue;
  /** The owner of the running reconcile. */
  owner: string | null;
  /** How long ago the last complete reconcile was, in milliseconds; null if there was none. */
  ageMs: number | null;
  /** How many requests for a reconcile no complete reconcile has answered. */
  requests: number;
}

export function createFakeReconciledCatalog(): FakeReconciledCatalog {
  let requestsAtStart = 0;
  const fake: FakeReconciledCatalog = {
    rows: new Map(),
    batches: [],
    versionReads: [],
    reports: [],
    beforeApply: new FaultQueue(),
    owner: null,
    ageMs: null,
    requests: 0,
    catalog: {
      async apply(changes) {
        await fake.beforeApply.runNext();
        fake.batches.push(changes);
        for (const change of changes) {
          if (change.kind === 'removed') fake.rows.delete(change.key);
          else fake.rows.set(change.key, change);
        }
      },
      async readVersions(prefix) {
        fake.versionReads.push(prefix);
        const found = [...fake.rows].filter(([key]) => key.startsWith(prefix));
        return Promise.resolve(new Map(found.map(([key, { version }]) => [key, version])));
      },
      readState: () =>
        Promise.resolve<CatalogState>({
          clips: [...fake.rows.values()].filter(({ kind }) => kind === 'record').length,
          reconcile: fake.owner === null ? null : (fake.reports.at(-1) ?? { done: 0, total: null }),
          isIncomplete: fake.ageMs === null,
        }),
    },
    store: {
      async claim(owner) {
        await Promise.resolve();
        if (fake.owner !== null) return false;
        fake.owner = owner;
        requestsAtStart = fake.requests;
        return true;
      },
      async report(owner, progress) {
        fake.reports.push({ ...progress });
        return Promise.resolve(fake.owner === owner);
      },
      async finish(owner, { isComplete }) {
        await Promise.resolve();
        if (fake.owner !== owner) return false;
        fake.owner = null;
        if (isComplete) {
          fake.ageMs = 0;
          if (fake.requests === requestsAtStart) fake.requests = 0;
        }
        return true;
      },
      async request() {
        await Promise.resolve();
        fake.requests += 1;
      },
      isRequested: () => Promise.resolve(fake.requests > 0),
      readAgeMs: () => Promise.resolve(fake.ageMs),
      async readFolders(prefix) {
        const keys = [...fake.rows.keys()].filter((key) => key.startsWith(prefix));
        const folders = keys.map((key) => key.slice(0, key.lastIndexOf('/') + 1));
        return Promise.resolve([...new Set(folders)]);
      },
    },
  };
  return fake;
}
