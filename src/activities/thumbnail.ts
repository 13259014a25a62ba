import { Context, log } from '@temporalio/activity';
import { thumbnailKey, type Clip } from '../clip/clip.ts';
import type { MediaFacts } from '../clip/state.ts';
import { errorFacts } from '../errors.ts';
import type { Ports } from './ports.ts';

export type ThumbnailInput = Pick<Clip, 'messageId' | 'attachmentId' | 'url'>;

export interface ThumbnailResult {
  /** Object key of the picture. */
  thumbnail: string;
  facts: MediaFacts;
}

/** A clip's picture never changes: a day in caches. */
const CACHE_CONTROL = 'public, max-age=86400';

/** Makes the clip's picture, stores it, and tells what the file says about itself. */
export const createThumbnailActivity =
  ({ media, bucket, metrics }: Pick<Ports, 'media' | 'bucket' | 'metrics'>) =>
  async ({ messageId, attachmentId, url }: ThumbnailInput): Promise<ThumbnailResult> => {
    // Asked for here: pooled connections call back in the context of whichever activity opened them.
    const { cancellationSignal: signal, heartbeat, info } = Context.current();
    const onProgress = () => {
      heartbeat(info.attempt);
    };
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
