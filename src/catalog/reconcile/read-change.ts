import type { BucketPort } from '../../activities/ports.ts';
import { parseChannelRecord } from '../../clip/channel-record.ts';
import { parseRecord, type ClipRecord } from '../../clip/record.ts';
import { parseUserData } from '../../clip/user-data.ts';
import type { CatalogChange } from '../catalog.ts';

/** A change of the catalog, and the number of characters in the object that it comes from. */
export interface ReadChange {
  change: CatalogChange;
  size: number;
}

/** The prefixes of the objects that the catalog has. Names come before the clips that show them. */
export const PREFIXES = ['channels/', 'userData/', 'messages/'] as const;

const RECORD_KEY = /^messages\/\d+\/[^/]+\.json$/;
const CHANNEL_KEY = /^channels\/\d+\.json$/;
const USER_KEY = /^userData\/([\w-]+)\.json$/;

/** True for the keys of objects that the catalog has. The folder `userData/` also has avatars. */
export function isCatalogKey(key: string): boolean {
  return isRecordKey(key) || CHANNEL_KEY.test(key) || USER_KEY.test(key);
}

export function isRecordKey(key: string): boolean {
  return RECORD_KEY.test(key);
}

/** An object as a list returned it, and the version that the catalog has of it, which is null if it has none. */
export interface ReadObject {
  key: string;
  version: string;
  replaces: string | null;
}

/**
 * Reads the object that a list returned with this version. Returns null if the object is gone.
 * @throws any error of the bucket
 */
export async function readChange(
  bucket: Pick<BucketPort, 'read'>,
  { key, version, replaces }: ReadObject,
): Promise<ReadChange | null> {
  const stored = await bucket.read(key);
  if (stored === null) return null;
  const { body } = stored;
  return { change: toChange(body, { key, version }, replaces), size: body.length };
}

function toChange(
  body: string,
  object: { key: string; version: string },
  replaces: string | null,
): CatalogChange {
  if (isRecordKey(object.key)) {
    const record = parseRecord(body) ?? parsePurgedRecord(body);
    if (record !== null) return { kind: 'record', ...object, record, replaces };
  } else if (CHANNEL_KEY.test(object.key)) {
    const channel = parseChannelRecord(body);
    if (channel !== null) return { kind: 'channel', ...object, channel, replaces };
  } else {
    const id = USER_KEY.exec(object.key)?.[1];
    const user = parseUserData(body, Date.now());
    if (user !== null && id !== undefined) {
      return { kind: 'user', ...object, user: { ...user, Id: id }, replaces };
    }
  }
  return { kind: 'unreadable', ...object, replaces };
}

/** A purged record may have nothing but its status and its ids, so it need not have a revision. */
function parsePurgedRecord(body: string): ClipRecord | null {
  try {
    const { Status, Id, channelId } = JSON.parse(body) as Record<string, unknown>;
    // The projection checks the ids, as it does those of every record.
    return Status === 'purged' ? ({ Status, Id, channelId } as unknown as ClipRecord) : null;
  } catch {
    return null;
  }
}
