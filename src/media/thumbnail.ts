import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaUnreadable } from '../errors.ts';
import { downloadTo } from './download.ts';
import { fileSource } from './file-source.ts';
import { type FallbackReason, NotSparse } from './not-sparse.ts';
import type { PictureOptions } from './picture-maker.ts';
import { openRangeSource, type RangeOptions } from './range-source.ts';
import { sniffVideo } from './sniff.ts';
import { type Made, sparseThumbnail } from './sparse-thumbnail.ts';
import { TimeBudget } from './time-budget.ts';
import { wholeThumbnail } from './whole-thumbnail.ts';

export interface ThumbnailOptions extends RangeOptions, Omit<PictureOptions, 'budget'> {
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
 * clip is downloaded, up to `maxBytes`.
 * @throws LinkExpired, RateLimited, MediaUnreadable, MediaTooLarge, ServiceFailed, the signal's reason
 */
export async function makeThumbnail(
  url: string,
  folder: string,
  settings: ThumbnailOptions,
): Promise<Made> {
  const options = { ...settings, budget: new TimeBudget(settings.timeLimitMs) };
  try {
    const source = await openRangeSource(url, options);
    return await sparseThumbnail(source, folder, options);
  } catch (error) {
    if (!(error instanceof NotSparse)) throw error;
    options.onFallback(error.reason);
    const file = join(folder, 'clip');
    const head = await downloadTo(file, url, options);
    return OF_THE_SERVER.includes(error.reason)
      ? await fromFile(file, folder, head, options)
      : await wholeFrom(file, head, options);
  }
}

type Budgeted = ThumbnailOptions & PictureOptions;

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
