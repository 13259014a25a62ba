import { clipId, type ClipRef } from '../clip.ts';

/**
 * What is left of a purged clip, under the key of its record. The first write of a clip reads the stored record, so the
 * tombstone keeps the clip from coming back, and costs no request. A finished tombstone has nothing but ids.
 */
export interface Tombstone {
  Id: string;
  channelId: string;
  Status: 'purged';
  /** True while the clip may still have executions or pictures, because the purge is running or was interrupted. */
  Unfinished?: true;
  /** Hashes of the ids of the clip's user data (`hashOfId`), until the purge is finished. */
  People?: string[];
}

export function tombstoneOf(clip: ClipRef): Tombstone {
  return { Id: clipId(clip), channelId: clip.channelId, Status: 'purged' };
}

/** Returns the tombstone of a clip whose executions and pictures may still exist. */
export function unfinishedTombstoneOf(clip: ClipRef, people: readonly string[]): Tombstone {
  return { ...tombstoneOf(clip), Unfinished: true, People: [...people] };
}

/**
 * Returns the hashes of the people in the tombstone of an unfinished purge, or null for any other record. Anybody with
 * access to the bucket can have written the record.
 */
export function peopleOfUnfinished(record: object): string[] | null {
  const { Status, Unfinished, People } = record as Record<string, unknown>;
  if (Status !== 'purged' || Unfinished !== true) return null;
  return Array.isArray(People) ? People.filter((hash) => typeof hash === 'string') : [];
}

/** True if the stored object is a tombstone. Other fields don't matter, because no write may undo a purge. */
export function isTombstone(body: string): boolean {
  return parseTombstone(body) !== null;
}

/** Returns the fields of a tombstone, which anybody with access to the bucket can have written; null for other objects. */
export function parseTombstone(body: string): { Id?: unknown; channelId?: unknown } | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const fields: { Id?: unknown; channelId?: unknown; Status?: unknown } = parsed;
    return fields.Status === 'purged' ? fields : null;
  } catch {
    return null;
  }
}
