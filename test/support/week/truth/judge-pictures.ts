import { execFile } from 'node:child_process';
import type { Video } from '../club/videos.ts';
import type { StoredObject } from './bucket-content.ts';

/** The fields of a record that describe its pictures. */
export interface PictureFields {
  Thumbnail?: unknown;
  Thumbnail_Hash?: unknown;
  Poster_Image?: unknown;
  Poster_Image_Hash?: unknown;
  Thumbnail_Error?: unknown;
}

const HASH_DIGITS = 16;
/** Encoders change colours a little. The colours of the videos differ by more. */
const MAX_COLOUR_DIFFERENCE = 45;

/** Returns what is wrong with the pictures of one clip. `exists` is false if the clip was deleted. */
export async function judgePictures(
  clip: { readonly id: string; readonly exists: boolean },
  video: Video | null,
  record: PictureFields,
  objects: ReadonlyMap<string, StoredObject>,
): Promise<string[]> {
  const { Thumbnail_Error: error } = record;
  // The pictures of a clip that was deleted early may not be finished. A picture may also be stored although the record
  // does not name it, because the workflow ended between the two writes.
  if (!clip.exists && record.Thumbnail === undefined && record.Poster_Image === undefined)
    return [];
  if (video === null) {
    const isStored = [`thumb/${clip.id}.webp`, `poster/${clip.id}.jpg`].some((key) =>
      objects.has(key),
    );
    const { type } = (error ?? {}) as { type?: unknown };
    return [
      ...(isStored || record.Thumbnail !== undefined ? ['has pictures of a broken file'] : []),
      ...(type === 'MediaUnreadable' ? [] : [`Thumbnail_Error is ${JSON.stringify(error)}`]),
    ];
  }
  const faults = error === undefined ? [] : [`Thumbnail_Error is ${JSON.stringify(error)}`];
  const pictures = [
    [`thumb/${clip.id}.webp`, record.Thumbnail, record.Thumbnail_Hash, isWebp],
    [`poster/${clip.id}.jpg`, record.Poster_Image, record.Poster_Image_Hash, isJpeg],
  ] as const;
  for (const [key, named, hash, hasFormat] of pictures) {
    const object = objects.get(key);
    if (named !== key) faults.push(`the record names ${String(named)} instead of ${key}`);
    else if (!object) faults.push(`${key} is missing`);
    else if (hash !== object.hash.slice(0, HASH_DIGITS)) faults.push(`${key} has another hash`);
    else if (!hasFormat(object.bytes)) faults.push(`${key} has a wrong format`);
    else if (!(await shows(object, video))) faults.push(`${key} shows another video`);
  }
  return faults;
}

const isWebp = (bytes: Buffer): boolean => bytes.toString('latin1', 8, 12) === 'WEBP';
const isJpeg = (bytes: Buffer): boolean => bytes.readUInt16BE(0) === 0xffd8;

const colours = new Map<string, Promise<readonly number[]>>();

/** True if the picture has the colour of the video. */
async function shows({ bytes, hash }: StoredObject, { colour }: Video): Promise<boolean> {
  const known = colours.get(hash) ?? averageColour(bytes);
  colours.set(hash, known);
  const found = await known;
  return colour.every((part, at) => Math.abs(part - (found[at] ?? 1000)) < MAX_COLOUR_DIFFERENCE);
}

/** Scales the picture to one pixel. Returns its red, green and blue. */
async function averageColour(picture: Buffer): Promise<readonly number[]> {
  return await new Promise((resolve, reject) => {
    const child = execFile(
      process.env.FFMPEG_PATH || 'ffmpeg',
      [
        ...['-v', 'error', '-i', 'pipe:0', '-frames:v', '1'],
        ...['-vf', 'scale=1:1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
      ],
      { encoding: 'buffer' },
      (error, stdout) => {
        if (error) reject(new Error(`ffmpeg cannot read a picture: ${error.message}`));
        else resolve([...stdout]);
      },
    );
    child.stdin?.end(picture);
  });
}
