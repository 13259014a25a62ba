import type { ClipRef } from '../../clip/clip.ts';
import { clipIdOfPicture, picturePrefixes } from '../../clip/forget/objects.ts';
import type { BucketPort } from '../ports.ts';
import { deletePictures, isForgotten } from './bury-clip.ts';

/**
 * Deletes the pictures of forgotten clips, by the `Id` of the clip. A worker that is killed after it stored a picture
 * can't delete the picture (`storePictures`), and the clip's execution is deleted, so nobody retries the activity.
 *
 * A backfill may have revived a stripped clip since its record was read, so the record is read again.
 */
export async function removeLatePictures(
  bucket: BucketPort,
  forgotten: ReadonlyMap<string, ClipRef>,
): Promise<void> {
  if (forgotten.size === 0) return;
  for (const prefix of picturePrefixes()) {
    for await (const { key } of bucket.list(prefix)) {
      const clip = forgotten.get(clipIdOfPicture(key) ?? '');
      if (clip && (await isForgotten(bucket, clip))) await deletePictures(bucket, clip);
    }
  }
}
