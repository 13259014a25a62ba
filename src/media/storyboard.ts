import type { Storyboard } from '../activities/ports.ts';
import { isFailure } from '../errors.ts';
import { PartialReadError } from './fallback.ts';
import { TimeBudget } from './ffmpeg/limits.ts';
import { RateClock } from './http/minimum-rate.ts';
import { openRangeSource } from './http/ranges.ts';
import { maxStoryboardBytes } from './mp4/storyboard/choose.ts';
import { storyboardFromParts } from './mp4/storyboard/storyboard.ts';
import { imageType } from './sniff.ts';
import type { ThumbnailOptions } from './thumbnail.ts';

export type StoryboardUrlOptions = Omit<
  ThumbnailOptions,
  'ffprobePath' | 'format' | 'onFallback' | 'announced'
>;

/** The least that a request fetches. A larger number would waste bytes, because key frames are far apart. */
const CHUNK_BYTES = 16 * 1024;

/**
 * Makes a clip's storyboard in `folder`. Returns null if the clip has none: it cannot be read in parts, it has too few
 * key frames, its frames would cost too many bytes, or the file is damaged. The clip is never downloaded whole.
 * @throws LinkExpired, RateLimited, ServiceFailed, and the signal's reason
 */
export async function storyboardFromUrl(
  url: string,
  folder: string,
  options: StoryboardUrlOptions,
): Promise<Storyboard | null> {
  const { ffmpegPath, signal, timeLimitMs, rateWindowMs } = options;
  const budget = new TimeBudget(timeLimitMs);
  const rateClock = new RateClock(rateWindowMs);
  try {
    const source = await openRangeSource(url, { ...options, rateClock, chunkBytes: CHUNK_BYTES });
    const sprite = await storyboardFromParts(source, folder, {
      ffmpegPath,
      budget,
      signal,
      smallReadBytes: CHUNK_BYTES,
      maxBytes: () => maxStoryboardBytes(source.size) - source.fetchedBytes,
    });
    if (sprite === null) return null;
    const { contentType, extension } = imageType('webp');
    return { picture: { bytes: sprite.bytes, contentType, extension }, times: sprite.times };
  } catch (error) {
    const isOfClip =
      error instanceof PartialReadError ||
      isFailure(error, 'MediaUnreadable') ||
      isFailure(error, 'MediaTooLarge');
    if (isOfClip) return null;
    throw error;
  }
}
