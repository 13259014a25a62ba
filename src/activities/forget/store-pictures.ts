import { clipId, type ClipRef } from '../../clip/clip.ts';
import { messageGone } from '../../errors.ts';
import type { BucketPort } from '../ports.ts';
import { deletePictures, isForgotten } from './bury-clip.ts';
import type { RecentClips } from './recent-clips.ts';

/**
 * Runs `store`, which stores pictures of a clip. If the clip was forgotten in the meantime, deletes the pictures, even
 * if `store` failed or was cancelled. Whoever forgets a clip writes the record first and deletes the pictures then: so a
 * picture that is stored later finds the record. If the worker is killed before it deletes the pictures, the activity
 * `removeUserData` deletes them.
 *
 * The record of a recent clip is not read beforehand. New clips are most of the work, and the read is a third of the
 * requests for their pictures.
 * @throws MessageGone if the clip was forgotten before, and the errors of `store` and of the bucket
 */
export async function storePictures<T>(
  { bucket, recentClips }: { bucket: BucketPort; recentClips: RecentClips },
  { channelId, ...ids }: Omit<ClipRef, 'channelId'> & { channelId?: string },
  store: () => Promise<T>,
): Promise<T> {
  // An older version scheduled the activity, and only the channel's id leads to the record.
  if (channelId === undefined) return await store();
  const clip: ClipRef = { ...ids, channelId };
  if (!recentClips.has(clip) && (await isForgotten(bucket, clip))) {
    throw messageGone({ route: `pictures of the forgotten clip ${clipId(clip)}` });
  }
  try {
    return await store();
  } finally {
    if (await isForgotten(bucket, clip)) await deletePictures(bucket, clip);
  }
}
