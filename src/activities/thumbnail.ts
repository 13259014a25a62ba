import { Context, log } from '@temporalio/activity';
import { thumbnailKey, type Clip } from '../clip/clip.ts';
import type { MediaFacts } from '../clip/state.ts';
import { errorFacts } from '../errors.ts';
import type { Ports } from './ports.ts';

export type ThumbnailInput = Pick<Clip, 'messageId' | 'attachmentId' | 'url'>;

export interface ThumbnailResult {
  /** Object key of the thumbnail. */
  thumbnail: string;
  facts: MediaFacts;
}

/** A clip's thumbnail does not change, so caches may keep it for a day. */
const CACHE_CONTROL = 'public, max-age=86400';

/**
 * Makes the clip's thumbnail, stores it, and returns the facts of the file.
 * @throws the failures of `MediaPort.thumbnail`
 */
export const createThumbnailActivity =
  ({ media, bucket, metrics }: Pick<Ports, 'media' | 'bucket' | 'metrics'>) =>
  async ({ messageId, attachmentId, url }: ThumbnailInput): Promise<ThumbnailResult> => {
    // Read the context before any request: a pooled connection runs callbacks in the context of the activity
    // that opened it.
    const { cancellationSignal: signal, heartbeat, info } = Context.current();
    const onProgress = () => heartbeat(info.attempt);
    const { picture, facts } = await media
      .thumbnail(url, { signal, onProgress })
      .catch((error: unknown) => {
        metrics.thumbnail(errorFacts(error).type);
        throw error;
      });
    const key = thumbnailKey({ messageId, attachmentId }, picture.extension);
    await bucket.write(key, picture.bytes, {
      contentType: picture.contentType,
      cacheControl: CACHE_CONTROL,
    });
    metrics.thumbnail('made');
    log.debug(`thumbnail made: ${key}`);
    return { thumbnail: key, facts };
  };
