import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import type { Finding } from './finding.ts';

const GB = 1024 ** 3;

/** The type that statfs(2) reports for a file system in memory. */
const TMPFS = 0x01021994;

/** The size of the dev server's database with 40,000 clips (docs/performance.md). */
const MIN_DATA_BYTES = GB;

/**
 * Checks the free space in the data folder, and in the folder for clips that are downloaded whole. If the settings are
 * those of a worker that makes no thumbnails, that worker downloads no clips.
 */
export async function diskFindings(config: Config, mediaFolder = tmpdir()): Promise<Finding[]> {
  const findings = await dataFindings(config);
  if (config.workerQueues.includes('media')) findings.push(await mediaFinding(config, mediaFolder));
  return findings;
}

/**
 * Checks the data folder. Returns no finding if Temporal and the bucket are on other machines, because no data folder
 * is used then.
 */
async function dataFindings({ dataDir, bucketName }: Config): Promise<Finding[]> {
  if (bucketName !== null && !existsSync(dataDir)) return [];
  const { bavail, bsize } = await statfs(existingFolder(dataDir));
  const says = `${gigabytes(bavail * bsize)} free in ${dataDir}`;
  return bavail * bsize >= MIN_DATA_BYTES
    ? [{ check: 'disk', state: 'ok', says }]
    : [{ check: 'disk', state: 'warning', says: `only ${says}: free some space or move DATA_DIR` }];
}

async function mediaFinding({ maxMediaBytes }: Config, folder: string): Promise<Finding> {
  const check = 'media folder';
  const { bavail, bsize, type } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const neededBytes = maxMediaBytes * availableParallelism();
  const isMemory = type === TMPFS;
  const says = `${gigabytes(freeBytes)} free in ${folder}${isMemory ? ' (in memory)' : ''}`;
  if (freeBytes >= neededBytes) return { check, state: 'ok', says };
  const remedy = isMemory
    ? 'make the folder larger (MEDIA_TMPFS in containers)'
    : 'free some space';
  return {
    check,
    state: 'warning',
    says: `${says}, but clips that are downloaded whole may need ${gigabytes(neededBytes)}: ${remedy} or lower MAX_MEDIA_BYTES`,
  };
}

/** Returns the folder, or its nearest parent that exists, because there is no data folder before the first start. */
function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : existingFolder(dirname(folder));
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}
