import { createHash } from 'node:crypto';
import { Context, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { posterImageKey, thumbnailKey, type Clip } from '../clip/clip.ts';
import { isExpired } from '../clip/lease.ts';
import { wantedPictureVersion } from '../clip/record/picture-version.ts';
import type { MediaFacts } from '../clip/state.ts';
import { errorFacts, isFailure, messageOf } from '../errors.ts';
import type { RecentClips } from './forget/recent-clips.ts';
import { storePictures } from './forget/store-pictures.ts';
import type { AnnouncedFile, BucketPort, Picture, Ports } from './ports.ts';
import { startServerClock } from './context/server-time.ts';

export type ThumbnailInput = Pick<
  Clip,
  'messageId' | 'attachmentId' | 'url' | 'sizeBytes' | 'contentType'
> & {
  /** Absent if an older version scheduled the activity. */
  channelId?: string;
};

export type PicturePorts = Pick<Ports, 'media' | 'bucket' | 'metrics' | 'settings'> & {
  recentClips: RecentClips;
};

export interface ThumbnailResult {
  /** Object key of the thumbnail. */
  thumbnail: string;
  /** Object key of the poster image. */
  posterImage?: string;
  /** The hash of the stored thumbnail. */
  thumbnailHash?: string;
  /** The hash of the stored poster image. */
  posterImageHash?: string;
  facts: MediaFacts;
  /** The version that the clip's pictures should have. The pictures of this result have the version `thumbnail`. */
  pictureVersion?: number;
}

/**
 * Links to a picture contain its hash, so that a cache never shows an old picture under a new link. 16 hexadecimal
 * digits are 64 bits, which is enough to tell the pictures of one clip apart.
 */
const HASH_DIGITS = 16;

/** A clip's pictures do not change, so caches may keep them for a day. */
const CACHE_CONTROL = 'public, max-age=86400';

/**
 * The CDN may refuse a valid link for some seconds after the post. With the retry policy of the workflow, the fourth
 * attempt comes 26 s after the first. If the fourth attempt fails, the workflow fetches a fresh link.
 */
const MAX_REFUSED_ATTEMPTS = 4;

/** If this attempt can't store the poster image either, the clip gets its thumbnail without a poster image. */
const MAX_POSTER_ATTEMPTS = 3;

/**
 * Makes the clip's thumbnail and poster image, stores both, and returns the facts of the file.
 * @throws the failures of `MediaPort.thumbnail`. LinkExpired is retried at first if the link's lease is not over.
 * MessageGone if the clip was forgotten.
 */
export const createThumbnailActivity =
  (ports: PicturePorts) =>
  async (input: ThumbnailInput): Promise<ThumbnailResult> => {
    const made = await makeThumbnail(ports, input);
    return { ...made, pictureVersion: wantedPictureVersion(ports.settings) };
  };

/**
 * Makes and stores the clip's thumbnail and poster image. Deletes both if the clip is forgotten meanwhile.
 * @throws as the activity does
 */
export async function makeThumbnail(
  { media, bucket, metrics, recentClips }: PicturePorts,
  input: ThumbnailInput,
): Promise<ThumbnailResult> {
  const { url } = input;
  // Read the context before any request, because a pooled connection runs callbacks in the context of the activity
  // that opened the connection.
  const { cancellationSignal: signal, heartbeat, info } = Context.current();
  const onProgress = () => heartbeat(info.attempt);
  const serverTime = startServerClock();
  const { picture, posterImage, facts } = await media
    .thumbnail(url, { signal, onProgress, announced: announcedBy(input) })
    .catch((error: unknown) => {
      metrics.thumbnail(errorFacts(error).type);
      const isEarly = info.attempt < MAX_REFUSED_ATTEMPTS && !isExpired(url, serverTime());
      throw isEarly && isFailure(error, 'LinkExpired') ? retryable(error) : error;
    });
  const key = thumbnailKey(input, picture.extension);
  const posterKey = await storePictures({ bucket, recentClips }, input, async () => {
    await storePicture(bucket, key, picture);
    if (!posterImage) return null;
    try {
      await storePicture(bucket, posterImageKey(input), posterImage);
      return posterImageKey(input);
    } catch (error) {
      // The next attempt makes and stores both pictures again.
      if (signal.aborted || info.attempt < MAX_POSTER_ATTEMPTS) throw error;
      log.warn(`the clip gets no poster image: ${messageOf(error)}`);
      return null;
    }
  });
  metrics.thumbnail('made');
  log.debug(`thumbnail made: ${key}`);
  return {
    thumbnail: key,
    thumbnailHash: hashOf(picture),
    ...(posterImage &&
      posterKey && { posterImage: posterKey, posterImageHash: hashOf(posterImage) }),
    facts,
  };
}

/** @throws the errors of the bucket */
export async function storePicture(
  bucket: BucketPort,
  key: string,
  { bytes, contentType }: Picture,
): Promise<void> {
  await bucket.write(key, bytes, { contentType, cacheControl: CACHE_CONTROL });
}

function announcedBy({ sizeBytes, contentType }: ThumbnailInput): AnnouncedFile {
  return {
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(contentType !== undefined && { contentType }),
  };
}

/** Returns the first digits of the SHA-256 of a picture's bytes, in hexadecimal. */
export function hashOf({ bytes }: Picture): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS);
}

function retryable(error: unknown): ApplicationFailure {
  return ApplicationFailure.fromError(error, { nonRetryable: false });
}
