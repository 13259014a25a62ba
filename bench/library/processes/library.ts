import { pino } from 'pino';
import { openCatalog } from '../../../src/catalog/open.ts';
import { parseConfig } from '../../../src/config.ts';
import type { LinkSource } from '../../../src/library/ports.ts';
import { startLibrary } from '../../../src/library/start-library.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { createFolderBucket } from '../../../src/store/folder/bucket.ts';
import { freePort } from '../../support/free-port.ts';

/** What the library needs to know. */
export interface LibraryInput {
  dataDir: string;
  databaseUrl: string | null;
  bucketFolder: string;
}

// The library as a process of its own, without Temporal: all links are valid, so no workflow is asked.
const { dataDir, databaseUrl, bucketFolder } = JSON.parse(process.argv[2] ?? '') as LibraryInput;
const config = parseConfig({
  DATA_DIR: dataDir,
  LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
});

/** @throws Error, because no request may need a workflow */
function refuse(): Promise<never> {
  return Promise.reject(new Error('the benchmark runs without workflows'));
}

const links: LinkSource = { freshLink: refuse, describeClip: refuse };
const { catalog } = openCatalog({ databaseUrl, dataDir });
const bucket = createFolderBucket(bucketFolder);
const log = pino({ level: 'warn' }, process.stderr);
const { port } = await startLibrary(config, log, noMetrics, { catalog, bucket, links });
process.send?.({ port });
// The benchmark has ended.
process.once('disconnect', () => process.exit());
