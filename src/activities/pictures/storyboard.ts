import { Context, log } from '@temporalio/activity';
import { storyboardKey } from '../../clip/clip.ts';
import { isExpired } from '../../clip/lease.ts';
import { errorFacts, isFailure, linkExpired, messageOf } from '../../errors.ts';
import { storePictures } from '../forget/store-pictures.ts';
import { startServerClock } from '../context/server-time.ts';
import {
  hashOf,
  makeThumbnail,
  storePicture,
  type PicturePorts,
  type ThumbnailInput,
  type ThumbnailResult,
} from '../thumbnail.ts';

export interface StoryboardInput extends ThumbnailInput {
  /** True if the thumbnail and the poster image are made again, because an older version of Everclip made them. */
  remakesThumbnail?: boolean;
}

export interface StoryboardResult {
  /** Absent if the thumbnail was not made again. */
  remade?: ThumbnailResult;
  /** Object key of the storyboard. Absent if the clip has none. */
  storyboard?: string;
  /** The hash of the stored storyboard. */
  storyboardHash?: string;
  storyboardTimes?: number[];
  /** True if the thumbnail was made again, but the storyboard failed. */
  isStoryboardMissing?: true;
}

/**
 * Makes and stores the clip's storyboard, and before it a new thumbnail if the old one is from an older version. A file
 * that cannot be read gives no pictures and is no failure, because the clip keeps what it has. If only the storyboard
 * fails, the result has the new thumbnail.
 * @throws LinkExpired, RateLimited, ServiceFailed; MessageGone if the clip was forgotten
 */
export const createStoryboardActivity =
  (ports: PicturePorts) =>
  async (input: StoryboardInput): Promise<StoryboardResult> => {
    // Read the context before any request; see createThumbnailActivity.
    const { cancellationSignal: signal, heartbeat, info } = Context.current();
    const { media, bucket, metrics, settings } = ports;
    const { url } = input;
    // The activity may have waited for hours. Don't ask with a link that the CDN would refuse.
    if (isExpired(url, startServerClock()())) throw linkExpired({ route: 'GET the clip' });
    const result: StoryboardResult = {};
    if (input.remakesThumbnail === true) {
      const remade = await makeThumbnail(ports, input).catch(ignoreUnreadable);
      if (remade !== null) result.remade = remade;
    }
    if (!settings.storyboards) return result;
    const onProgress = () => heartbeat(info.attempt);
    try {
      const made = await media.storyboard(url, { signal, onProgress }).catch((error: unknown) => {
        metrics.storyboard(errorFacts(error).type);
        throw error;
      });
      metrics.storyboard(made === null ? 'none' : 'made');
      if (made === null) return result;
      const key = storyboardKey(input);
      await storePictures(ports, input, () => storePicture(bucket, key, made.picture));
      log.debug(`storyboard made: ${key}`);
      return {
        ...result,
        storyboard: key,
        storyboardHash: hashOf(made.picture),
        storyboardTimes: made.times,
      };
    } catch (error) {
      // The new thumbnail is in the bucket already, so the record must learn of it.
      if (result.remade === undefined || signal.aborted) throw error;
      log.warn(`the clip has a new thumbnail, but no storyboard: ${messageOf(error)}`);
      return { ...result, isStoryboardMissing: true };
    }
  };

function ignoreUnreadable(error: unknown): null {
  if (isFailure(error, 'MediaUnreadable') || isFailure(error, 'MediaTooLarge')) return null;
  throw error;
}
