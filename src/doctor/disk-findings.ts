import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import type { Finding } from './finding.ts';

const GB = 1024 ** 3;
/** As the kernel numbers the file system that is memory. */
const TMPFS = 0x01021994;
/** What Temporal's database takes of 40,000 clips. */
const LEAST_DATA_BYTES = GB;

/** Is there room for the data, and for the clips that are worked on if each has to be downloaded whole? */
export async function checkDisk(config: Config, mediaFolder = tmpdir()): Promise<Finding[]> {
  return [...(await data(config)), await media(config, mediaFolder)];
}

/** Temporal's database, the local bucket, the demo: where all of them are elsewhere, there is no such folder. */
async function data({ dataDir, bucketName }: Config): Promise<Finding[]> {
  if (bucketName !== null && !existsSync(dataDir)) return [];
  const { bavail, bsize } = await statfs(firstThatExists(dataDir));
  const says = `${gigabytes(bavail * bsize)} free in ${dataDir}`;
  return bavail * bsize >= LEAST_DATA_BYTES
    ? [{ check: 'disk', state: 'ok', says }]
    : [{ check: 'disk', state: 'warning', says: `${says}: make room, or move DATA_DIR` }];
}

async function media({ maxMediaBytes }: Config, folder: string): Promise<Finding> {
  const { bavail, bsize, type } = await statfs(folder);
  const free = bavail * bsize;
  const wanted = maxMediaBytes * availableParallelism();
  const isMemory = type === TMPFS;
  const says = `${gigabytes(free)} free in ${folder}${isMemory ? ', which is memory' : ''}`;
  const room = isMemory ? 'give it more (MEDIA_TMPFS in containers)' : 'make room';
  return free >= wanted
    ? { check: 'media folder', state: 'ok', says }
    : {
        check: 'media folder',
        state: 'warning',
        says: `${says}, ${gigabytes(wanted)} may be needed for clips that are downloaded whole: ${room}, or lower MAX_MEDIA_BYTES`,
      };
}

/** Before the first start there is no data folder yet. */
const firstThatExists = (folder: string): string =>
  existsSync(folder) ? folder : firstThatExists(dirname(folder));

const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`;
