import type { BucketPort } from '../../activities/ports.ts';
import { parseChannelRecord } from '../../clip/channel-record.ts';
import { parseRecord } from '../../clip/record.ts';
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

/**
 * Reads the object that a list returned with this version. Returns null if the object is gone.
 * @throws any error of the bucket
 */
export async function readChange(
  bucket: Pick<BucketPort, 'read'>,
  { key, version }: { key: string; version: string },
): Promise<ReadChange | null> {
  const stored = await bucket.read(key);
  if (stored === null) return null;
  const { body } = stored;
  return { change: toChange(body, { key, version }), size: body.length };
}

function toChange(body: string, object: { key: string; version: string }): CatalogChange {
  if (isRecordKey(object.key)) {
    const record = parseRecord(body);
    if (record !== null) return { kind: 'record', ...object, record };
  } else if (CHANNEL_KEY.test(object.key)) {
    const channel = parseChannelRecord(body);
    if (channel !== null) return { kind: 'channel', ...object, channel };
  } else {
    const id = USER_KEY.exec(object.key)?.[1];
    const user = parseUserData(body, Date.now());
    if (user !== null && id !== undefined) {
      return { kind: 'user', ...object, user: { ...user, Id: id } };
    }
  }
  return { kind: 'unreadable', ...object };
}
