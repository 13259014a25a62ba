import { posterImageKey, recordKey, storyboardKey, thumbnailKey, type ClipRef } from '../clip.ts';

/** The extensions of thumbnails, as THUMBNAIL_FORMAT decides. A clip can have thumbnails of more than one format. */
const THUMBNAIL_EXTENSIONS = ['webp', 'png', 'jpg'];

/** The objects that belong to a clip, and to no other clip. */
export interface ClipObjects {
  record: string;
  pictures: string[];
}

/**
 * Returns the keys of all objects that belong to a clip, whether they exist or not. This is the only list of them: if a
 * clip gets another object, add the object here, and every way to forget a clip deletes it. A poster's user data belong
 * to all clips of the poster, so they go with the last clip (src/activities/forget/remove-user-data.ts).
 */
export function clipObjects(clip: ClipRef): ClipObjects {
  return {
    record: recordKey(clip),
    pictures: [
      ...THUMBNAIL_EXTENSIONS.map((extension) => thumbnailKey(clip, extension)),
      posterImageKey(clip),
      storyboardKey(clip),
    ],
  };
}

/** The prefixes of the object keys of all pictures. */
export function picturePrefixes(): string[] {
  const { pictures } = clipObjects({ channelId: '0', messageId: '0', attachmentId: '0' });
  return [...new Set(pictures.map((key) => key.slice(0, key.indexOf('/') + 1)))];
}

/** Returns the `Id` of the clip that the picture with this key belongs to, or null for another object. */
export function clipIdOfPicture(key: string): string | null {
  return /^[a-z]+\/(\d{1,20}-\d{1,20})\.[a-z]{1,5}$/.exec(key)?.[1] ?? null;
}

const RECORD_KEY = /^messages\/(\d{1,20})\/(\d{1,20})-(\d{1,20})\.json$/;

/** Returns the clip whose record has this key, or null if no clip's record has it. */
export function clipOfRecordKey(key: string): ClipRef | null {
  const [, channelId, messageId, attachmentId] = RECORD_KEY.exec(key) ?? [];
  if (channelId === undefined || messageId === undefined || attachmentId === undefined) return null;
  return { channelId, messageId, attachmentId };
}
