import type { Catalog, CatalogChange } from '../../src/catalog/catalog.ts';
import type { ClipRecord } from '../../src/clip/record.ts';
import { createRecord, refreshRecord, type ArchiveSize } from './archive/record.ts';
import { keyOf } from './archive/write-bucket.ts';

/** The number of records in a statement. */
const BATCH = 500;
const MAX_RECORDS = 10_000;

export interface Upserts {
  /** Records whose text changed, so all indexes change. */
  perSecond: number;
  /** Records in which only the link changed. */
  linksPerSecond: number;
}

/** Measures how many records per second the catalog takes. All records are of clips that the catalog knows. */
export async function measureUpserts(catalog: Catalog, size: ArchiveSize): Promise<Upserts> {
  const count = Math.min(MAX_RECORDS, size.clips);
  const known = Array.from({ length: count }, (_, index) =>
    createRecord(Math.floor((index * size.clips) / count), size),
  );
  const refreshed = known.map((record) => refreshRecord(record, size.signedAtMs + 1000));
  const edited = refreshed.map((record, index) => ({
    ...record,
    Description: `${record.Description} edited ${index}`,
    Revision: record.Revision + 1,
  }));
  return {
    linksPerSecond: await measureApply(catalog, refreshed),
    perSecond: await measureApply(catalog, edited),
  };
}

async function measureApply(catalog: Catalog, records: readonly ClipRecord[]): Promise<number> {
  const changes = records.map((record): CatalogChange => ({
    kind: 'record',
    key: keyOf(record),
    version: `${record.Revision}`,
    record,
  }));
  const startMs = performance.now();
  for (let at = 0; at < changes.length; at += BATCH) {
    await catalog.apply(changes.slice(at, at + BATCH));
  }
  return (changes.length * 1000) / (performance.now() - startMs);
}
