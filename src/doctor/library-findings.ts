import { setTimeout as pause } from 'node:timers/promises';
import { inspectCatalog, type InspectedCatalog } from '../catalog/open.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { checkLibrarySettings, isPublished } from '../library/access.ts';
import { readDataDirOwner } from '../local/data-dir.ts';
import { isAlive } from '../process-identity.ts';
import type { Finding } from './finding.ts';

const MAX_WAIT_MS = 5000;
const NO_TABLES =
  "the catalog's database has no tables of this version: start the library, which creates and fills them";

/** Checks the catalog, and says who sees what in the library. Archiving needs neither, so the worst is a warning. */
export async function libraryFindings(config: Config): Promise<Finding[]> {
  return [await catalogFinding(config), accessFinding(config)];
}

/**
 * Says in one sentence whether the catalog answers and is complete, how many clips it has, and when it last had every
 * object of the bucket. If it does not answer, the sentence says what to do.
 */
export async function catalogFinding(config: Config): Promise<Finding> {
  const check = 'catalog';
  try {
    const state = await Promise.race([
      inspectCatalog(config),
      pause(MAX_WAIT_MS, 'silent' as const, { ref: false }),
    ]);
    if (state === 'silent') throw new Error(`no answer within ${MAX_WAIT_MS / 1000} s`);
    if (state === null) return { check, state: 'warning', says: NO_TABLES };
    return { check, ...describeState(state) };
  } catch (error) {
    const { databaseUrl, dataDir } = config;
    if (databaseUrl === null && !isRunning(dataDir)) {
      return {
        check,
        state: 'ok',
        says: `the catalog in ${dataDir} was not checked, because it answers only while npm start runs`,
      };
    }
    const remedy =
      databaseUrl === null ? 'see the log of npm start' : 'check DATABASE_URL and the database';
    return {
      check,
      state: 'warning',
      says: `${messageOf(error)}: ${remedy}; meanwhile pages are empty, and links keep working`,
    };
  }
}

/** True if `npm start` runs with this data folder. */
function isRunning(dataDir: string): boolean {
  const owner = readDataDirOwner(dataDir);
  return owner !== null && isAlive(owner);
}

function describeState({
  clips,
  reconcile,
  isIncomplete,
  completeAgoMs,
}: InspectedCatalog): Pick<Finding, 'state' | 'says'> {
  const last =
    completeAgoMs === null
      ? ''
      : `; the last reconcile ended at ${formatTime(Date.now() - completeAgoMs)}`;
  if (reconcile !== null) {
    const of = reconcile.total === null ? '' : ` of about ${reconcile.total}`;
    const what = isIncomplete ? 'is being rebuilt' : 'is being compared with the bucket';
    return { state: 'ok', says: `the catalog ${what}: ${reconcile.done}${of} clips${last}` };
  }
  if (isIncomplete) {
    return {
      state: 'warning',
      says: `the catalog has ${clips} clips and was never complete: start the library, or run npm run reindex`,
    };
  }
  return { state: 'ok', says: `the catalog has ${clips} clips and is complete${last}` };
}

function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function accessFinding({ library }: Config): Finding {
  const check = 'library';
  try {
    checkLibrarySettings(library);
  } catch (error) {
    return { check, state: 'fault', says: messageOf(error) };
  }
  if (!isPublished(library)) {
    return {
      check,
      state: 'ok',
      says: `only this machine reaches the library at ${library.publishedAddress ?? library.address}, so it shows every clip`,
    };
  }
  if (library.access === 'open') {
    return {
      check,
      state: 'warning',
      says: `LIBRARY_ACCESS=open: everybody who reaches ${library.url} sees the clips of private channels too`,
    };
  }
  const others =
    library.channelIds.length === 0
      ? ''
      : ` and of the ${library.channelIds.length} channels in LIBRARY_CHANNEL_IDS`;
  const previews = (library.url ?? '').startsWith('https:')
    ? ''
    : '; without https, Discord shows no previews';
  return {
    check,
    state: 'ok',
    says: `everybody who reaches ${library.url} sees the clips of public channels${others}${previews}`,
  };
}
