import {
  activityInfo,
  cancellationSignal,
  heartbeat,
  log,
  metricMeter,
} from '@temporalio/activity';
import { thumbnailKey, type Clip } from '../clip/clip.ts';
import type { MediaFacts } from '../clip/state.ts';
import type { Ports } from './ports.ts';

export type ThumbnailInput = Pick<Clip, 'messageId' | 'attachmentId' | 'url'>;

export interface ThumbnailResult {
  /** Object key of the picture. */
  thumbnail: string;
  facts: MediaFacts;
}

/** A clip's picture never changes: a day in caches. */
const CACHE_CONTROL = 'public, max-age=86400';

/** Counts the clips that had to be downloaded whole, by reason; exported where the worker's metrics are. */
const FALLBACKS = 'everclip_thumbnail_fallbacks';

/** Makes the clip's picture, stores it, and tells what the file says about itself. */
export const createThumbnail =
  ({ media, bucket }: Pick<Ports, 'media' | 'bucket'>) =>
  async ({ messageId, attachmentId, url }: ThumbnailInput): Promise<ThumbnailResult> => {
    const { picture, facts, fallback } = await media.thumbnail(url, {
      signal: cancellationSignal(),
      onProgress: () => {
        heartbeat(activityInfo().attempt);
      },
    });
    const key = thumbnailKey({ messageId, attachmentId }, picture.extension);
    await bucket.write(key, picture.bytes, {
      contentType: picture.contentType,
      cacheControl: CACHE_CONTROL,
    });
    if (fallback !== undefined) {
      const counter = metricMeter.createCounter(FALLBACKS, 'clips', 'Clips downloaded whole');
      counter.add(1, { reason: fallback });
    }
    log.info(`thumbnail made: ${key}`, fallback === undefined ? {} : { fallback });
    return { thumbnail: key, facts };
  };
