import { clipId, type ClipRef } from '../../clip/clip.ts';
import { hashOfId, userDataIdOfKey, userDataIdsOf } from '../../clip/forget/people.ts';
import type { ListedObject, Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { isForgottenRecord } from './bury-clip.ts';
import { HEARTBEAT_INTERVAL_MS } from './find-clips.ts';
import { removeLatePictures } from './remove-late-pictures.ts';
import { scanRecords } from './scan-records.ts';

/**
 * The first look reads every record, which takes minutes. Meanwhile, a person may post a clip in a channel that was
 * read already. So the second look reads the records that were written since the first.
 */
const LOOKS = 2;

export interface RemoveUserDataInput {
  /** Hashes of the ids of the user data that may be unused (`hashOfId`). */
  people: string[];
}

/**
 * Deletes user data and avatars to which no record refers any more. Returns how many of the people have no clip left.
 * Also deletes pictures that were stored after their clip was forgotten. Call this when no picture is being stored.
 * `forgetSaved` makes this worker save the user data again when the person posts another clip. Other workers remember
 * for a day what they saved, so they save the data again a day later.
 */
export const createRemoveUserData =
  (
    { bucket, catalog }: Pick<Ports, 'bucket' | 'catalog'>,
    forgetSaved: (userDataId: string) => void,
  ) =>
  ({ people }: RemoveUserDataInput): Promise<number> =>
    withHeartbeat(HEARTBEAT_INTERVAL_MS, async () => {
      const unused = new Set(people);
      const versions = new Map<string, string>();
      const isNew = (_: ClipRef, { key, version }: ListedObject): boolean => {
        if (versions.get(key) === version) return false;
        versions.set(key, version);
        return true;
      };
      const forgotten = new Map<string, ClipRef>();
      for (let look = 1; look <= LOOKS; look += 1) {
        for await (const { clip, record } of scanRecords(bucket, 'messages/', {
          isWanted: isNew,
        })) {
          for (const id of userDataIdsOf(record)) unused.delete(hashOfId(id));
          if (isForgottenRecord(record)) forgotten.set(clipId(clip), clip);
        }
        if (unused.size === 0) break;
      }
      await removeLatePictures(bucket, forgotten);
      if (unused.size === 0) return 0;
      for await (const { key } of bucket.list('userData/')) {
        const id = userDataIdOfKey(key);
        if (id === null || !unused.has(hashOfId(id))) continue;
        await bucket.delete(key);
        forgetSaved(id);
        if (key.endsWith('.json')) catalog.tell({ kind: 'removed', key });
      }
      return unused.size;
    });
