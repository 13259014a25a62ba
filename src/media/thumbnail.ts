import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaFacts } from '../clip/state.ts';
import { mediaUnreadable } from '../errors.ts';
import { downloadTo } from './http/download.ts';
import { tooLarge } from './http/fetch-media.ts';
import { fileSource } from './bytes/file-source.ts';
import { type FallbackReason, NotSparse } from './fallback.ts';
import type { PictureOptions } from './ffmpeg/picture.ts';
import { openRangeSource, type RangeOptions } from './http/ranges.ts';
import { sniffVideo } from './sniff.ts';
import { type Made, sparseThumbnail } from './mp4/thumbnail.ts';
import { TimeBudget } from './ffmpeg/time-budget.ts';
import { wholeThumbnail } from './ffmpeg/thumbnail.ts';
import { withFacts } from './with-facts.ts';

export interface ThumbnailOptions extends RangeOptions, Omit<PictureOptions, 'budget' | 'onFacts'> {
  ffprobePath: string;
  /** For ffprobe and ffmpeg, all that they do to one clip; milliseconds. */
  timeLimitMs: number;
  /** Called before a clip is downloaded whole. */
  onFallback: (reason: FallbackReason) => void;
}

/** Reasons that lie in how the bytes come, not in the file: once they are here it can be read in parts. */
const OF_THE_SERVER: readonly FallbackReason[] = ['no-ranges', 'changed'];

/**
 * Makes a clip's picture, in `folder`, from as few of its bytes as it takes. Where that doesn't work the
 * clip is downloaded, if it has no more than `maxBytes`.
 * @throws LinkExpired, RateLimited, MediaUnreadable, MediaTooLarge, ServiceFailed, each with the facts that
 * were read before as its first detail, and the signal's reason
 */
export async function makeThumbnail(
  url: string,
  folder: string,
  options: ThumbnailOptions,
): Promise<Made> {
  const facts: MediaFacts = {};
  const onFacts = (read: MediaFacts): void => void Object.assign(facts, read);
  const budget = new TimeBudget(options.timeLimitMs);
  try {
    return await makeOf(url, folder, { ...options, budget, onFacts });
  } catch (error) {
    throw withFacts(error, facts);
  }
}

type Budgeted = ThumbnailOptions & PictureOptions;

async function makeOf(url: string, folder: string, options: Budgeted): Promise<Made> {
  let size = 0;
  try {
    const source = await openRangeSource(url, options);
    size = source.size;
    return await sparseThumbnail(source, folder, options);
  } catch (error) {
    if (!(error instanceof NotSparse)) throw error;
    // Known without another request.
    if (size > options.maxBytes) throw tooLarge(options.maxBytes);
    options.onFallback(error.reason);
    const file = join(folder, 'clip');
    const head = await downloadTo(file, url, options);
    return OF_THE_SERVER.includes(error.reason)
      ? await fromFile(file, folder, head, options)
      : await wholeFrom(file, head, options);
  }
}

/** ffmpeg gets the container itself only where that can't be helped. */
async function fromFile(
  file: string,
  folder: string,
  head: Uint8Array,
  options: Budgeted,
): Promise<Made> {
  const handle = await open(file);
  try {
    return await sparseThumbnail(await fileSource(handle), folder, options);
  } catch (error) {
    if (!(error instanceof NotSparse)) throw error;
    return await wholeFrom(file, head, options);
  } finally {
    await handle.close();
  }
}

async function wholeFrom(file: string, head: Uint8Array, options: Budgeted): Promise<Made> {
  const demuxer = sniffVideo(head);
  if (demuxer === null) throw mediaUnreadable('the file is neither MP4 nor QuickTime nor WebM');
  return wholeThumbnail(file, demuxer, options);
}
