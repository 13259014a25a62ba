import { sql, type Kysely } from 'kysely';
import type { CatalogChange } from '../catalog.ts';
import {
  projectChannel,
  projectPoster,
  type ChannelRow,
  type PosterRow,
} from '../project/name-rows.ts';
import { projectRecord, revisionOf } from '../project/record-row.ts';
import type { CatalogTables } from '../schema/tables.ts';
import type { ComparedObject } from './fragments.ts';
import { writeChannels, writePosters, type WithComparedObject } from './names.ts';
import { writeRecords, type RecordWithObject } from './records.ts';
import { removeObjects, type GoneObject } from './remove.ts';
import { unreadableVersion } from './unreadable.ts';

/** What is written, by kind. */
interface Batch {
  records: RecordWithObject[];
  channels: WithComparedObject<{ channel: ChannelRow }>[];
  posters: WithComparedObject<{ poster: PosterRow }>[];
  /** Objects that are no longer what they were. */
  gone: GoneObject[];
}

/**
 * Applies changes to the database, one statement per kind. If two changes have the same key, the later change counts; of
 * two records or two channels, the one with the higher revision; of two sets of user data, the later one. An object that is not what its key says removes what the catalog had of
 * the key.
 */
export async function applyChanges(
  db: Kysely<CatalogTables>,
  changes: readonly CatalogChange[],
  nowMs: number,
): Promise<void> {
  const batch = sortChanges(changes, nowMs);
  // Names come first, so that a new clip never shows without them.
  await writeChannels(db, batch.channels);
  await writePosters(db, batch.posters);
  const changedClips = await writeRecords(db, batch.records);
  await removeObjects(db, batch.gone);
  const named = batch.channels.length + batch.posters.length + batch.gone.length;
  if (changedClips + named > 0) await countChange(db);
}

/**
 * Counts a change after it is visible, in a statement of its own. Within the statements above, writers would wait for
 * each other's row. A page that was made between the change and the count is only made once more.
 */
async function countChange(db: Kysely<CatalogTables>): Promise<void> {
  await sql`update reconcile_state set content_version = content_version + 1`.execute(db);
}

function sortChanges(changes: readonly CatalogChange[], nowMs: number): Batch {
  const batch: Batch = { records: [], channels: [], posters: [], gone: [] };
  for (const change of newestPerKey(changes)) {
    const { key } = change;
    const compared = 'replaces' in change ? { replaces: change.replaces } : {};
    if (change.kind === 'removed') {
      batch.gone.push({ key, version: null, ...compared });
      continue;
    }
    const object = { key, version: change.version, ...compared };
    if (addTo(batch, change, object, nowMs)) continue;
    batch.gone.push({ ...object, version: unreadableVersion(change.version) });
  }
  return batch;
}

/** Returns false if the object is not what its key says. */
function addTo(
  batch: Batch,
  change: Exclude<CatalogChange, { kind: 'removed' }>,
  object: ComparedObject,
  nowMs: number,
): boolean {
  switch (change.kind) {
    case 'record': {
      const row = projectRecord(change.key, change.record, nowMs);
      if (row !== null) batch.records.push({ ...row, object });
      return row !== null;
    }
    case 'channel': {
      const channel = projectChannel(change.key, change.channel);
      if (channel !== null) batch.channels.push({ channel, object });
      return channel !== null;
    }
    case 'user': {
      const poster = projectPoster(change.key, change.user);
      if (poster !== null) batch.posters.push({ poster, object });
      return poster !== null;
    }
    case 'unreadable':
      return false;
  }
}

/**
 * Returns one change per key, ordered by key. Two statements that lock rows in the same order can't wait for each other
 * forever.
 */
function newestPerKey(changes: readonly CatalogChange[]): CatalogChange[] {
  const byKey = new Map<string, CatalogChange>();
  for (const change of changes) {
    const known = byKey.get(change.key);
    if (known === undefined || !isOlder(change, known)) byKey.set(change.key, change);
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * True if both changes are of the same kind, and `change` has the lower revision, or the same revision and a lower
 * attempt. A purged record has the highest revision. The revision of user data is `As_Of`.
 */
export function isOlder(change: CatalogChange, known: CatalogChange): boolean {
  if (change.kind !== known.kind) return false;
  const [revision, attempt] = orderOf(change);
  const [knownRevision, knownAttempt] = orderOf(known);
  return revision < knownRevision || (revision === knownRevision && attempt < knownAttempt);
}

/** Returns the revision and the attempt of a change; 0 if it has none. */
function orderOf(change: CatalogChange): [revision: number, attempt: number] {
  switch (change.kind) {
    case 'record':
      return [revisionOf(change.record), change.record.Attempt];
    case 'channel':
      return [change.channel.Revision ?? 0, 0];
    case 'user':
      return [change.user.As_Of ?? 0, 0];
    default:
      return [0, 0];
  }
}
