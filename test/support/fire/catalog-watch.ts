import { pause, until } from '../wait.ts';
import { readRecordIds } from './bucket-objects.ts';
import { readList, readPage, type SeenList } from './pages.ts';
import { statusOfPermalink, type System } from './system.ts';

const LOOK_EVERY_MS = 40;
const READ_EVERY_MS = 200;
/** A reconcile whose database was killed keeps its claim for a minute. Only then, the next reconcile begins. */
const REBUILD_TIMEOUT_MS = 120_000;

/** What readers saw while the catalog was lost. */
export interface WatchResult {
  /** How often the list of clips was read, and how often it said that clips are missing. */
  lists: number;
  notices: number;
  /** How many permalinks were answered with a redirect. */
  redirects: number;
  /**
   * A sentence for each list that silently lacked clips, for each permalink that did not lead to its clip, and for each
   * page that said that its clip does not exist.
   */
  faults: string[];
}

/** Reads the list and the pages of clips, and follows permalinks, until `stop`. Every clip in `clipIds` exists. */
export function watchLibrary(
  libraryUrl: string,
  clipIds: readonly string[],
): { stop: () => Promise<WatchResult> } {
  const result: WatchResult = { lists: 0, notices: 0, redirects: 0, faults: [] };
  let isStopping = false;
  const watching = Promise.all([watchList(), watchPermalinks(), watchClipPages()]);

  async function watchList(): Promise<void> {
    while (!isStopping) {
      const list = await readList(libraryUrl);
      result.lists += 1;
      if (list.hasNotice) result.notices += 1;
      else result.faults.push(...faultsOf(list, clipIds));
      await pause(LOOK_EVERY_MS);
    }
  }

  async function watchPermalinks(): Promise<void> {
    for (let turn = 0; !isStopping; turn += 1) {
      const id = clipIds[turn % clipIds.length] ?? '';
      const status = await statusOfPermalink(libraryUrl, id);
      if (status === 302) result.redirects += 1;
      else result.faults.push(`the permalink ${id} was answered with ${status}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  async function watchClipPages(): Promise<void> {
    for (let turn = 0; !isStopping; turn += 1) {
      const id = clipIds[turn % clipIds.length] ?? '';
      const { status, hasNotice } = await readPage(`${libraryUrl}/c/${id}`);
      if (status !== 200 && !(status === 503 && hasNotice)) {
        result.faults.push(`the page of ${id} was answered with ${status}`);
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  return {
    async stop() {
      isStopping = true;
      await watching;
      return result;
    },
  };
}

function faultsOf({ ids, status }: SeenList, clipIds: readonly string[]): string[] {
  if (status !== 200) return [`the list of clips was answered with ${status} and no reason`];
  const missing = clipIds.filter((id) => !ids.includes(id));
  return missing.length === 0 ? [] : [`the list lacks ${missing.length} clips and does not say so`];
}

/**
 * Waits until the list shows every record of the bucket exactly once, among them all posted clips, and no notice. Wait
 * for this before you follow the permalink of a new clip: without the catalog, a clip that is not archived yet counts as
 * unknown for a minute.
 */
export async function untilComplete(
  { programs, dataDir, posted }: System,
  timeoutMs = REBUILD_TIMEOUT_MS,
): Promise<void> {
  let last = '';
  await until(
    'the list to show every record exactly once',
    async () => {
      await pause(READ_EVERY_MS);
      programs.check();
      const records = await readRecordIds(dataDir);
      const { ids, hasNotice } = await readList(programs.libraryUrl);
      const missing = posted.filter((id) => !records.includes(id));
      last = `${ids.length} cards, ${records.length} records, notice: ${hasNotice}, not archived: ${missing.join(' ') || 'none'}`;
      const areArchived = missing.length === 0;
      const isListed = JSON.stringify([...ids].sort()) === JSON.stringify(records);
      return areArchived && isListed && !hasNotice;
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; at last ${last}`, { cause: error });
  });
}
