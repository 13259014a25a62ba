import { openCatalog } from '../../src/catalog/open.ts';
import { residentBytes } from '../support/resident-bytes.ts';
import { say } from '../support/benchmark.ts';
import type { ArchiveSize } from './archive/record.ts';
import type { BenchDatabase } from './databases/database.ts';
import { measureRedirects } from './measure-redirects.ts';
import { measureSearches } from './measure-searches.ts';
import { measureUpserts } from './measure-upserts.ts';
import { startProcess } from './processes/start-process.ts';
import { rebuild } from './rebuild.ts';
import type { Measured } from './report.ts';

/** How often the memory is read. */
const WATCH_EVERY_MS = 200;

export interface Archive {
  size: ArchiveSize;
  /** The folder bucket with the objects. */
  bucketFolder: string;
  /** The clips that are live, oldest first. */
  liveIds: readonly string[];
}

/**
 * Fills an empty database from the bucket, and measures the library with it. The library and the bare server are
 * processes of their own. This process is the worker, and then the readers.
 */
export async function measureLibrary(database: BenchDatabase, archive: Archive): Promise<Measured> {
  const memory = { library: 0, pglite: 0 };
  const opened = openCatalog(database.settings);
  const { catalog } = opened;
  say('rebuilding the catalog from the bucket');
  const rebuildSeconds = await rebuild(opened, archive.bucketFolder);
  const library = await startProcess('library', {
    ...database.settings,
    bucketFolder: archive.bucketFolder,
  });
  const bare = await startProcess('bare-redirect');
  const watch = (): void => {
    memory.library = Math.max(memory.library, residentBytes(library.pid));
    memory.pglite = Math.max(memory.pglite, residentBytes(database.pglitePid ?? 0));
  };
  const timer = setInterval(watch, WATCH_EVERY_MS);
  try {
    say('searching');
    const searches = await measureSearches(library.port);
    say('following redirects');
    const redirects = await measureRedirects(
      { library: library.port, bare: bare.port },
      archive.liveIds,
    );
    say('writing records');
    const upserts = await measureUpserts(catalog, archive.size);
    watch();
    return {
      rebuildSeconds,
      searches,
      redirects,
      upserts,
      libraryBytes: memory.library,
      pgliteBytes: database.pglitePid === null ? null : memory.pglite,
    };
  } finally {
    clearInterval(timer);
    await library.stop();
    await bare.stop();
    await catalog.close();
  }
}
