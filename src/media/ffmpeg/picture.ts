import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Picture } from '../../activities/ports.ts';
import type { MediaFacts } from '../../clip/state.ts';
import type { ThumbnailFormat } from '../../config.ts';
import { mediaUnreadable } from '../../errors.ts';
import { canToneMap } from './can-tone-map.ts';
import { decodeFrame } from './decode.ts';
import { detailOf, isEnough } from './detail.ts';
import { NotSparse } from '../fallback.ts';
import { GREY, type HdrTransfer, pictureFilter } from './filter.ts';
import { type Demuxer, imageType } from '../sniff.ts';
import type { TimeBudget } from './time-budget.ts';

export interface PictureOptions {
  ffmpegPath: string;
  format: ThumbnailFormat;
  /** Of this clip: no child outlives it. */
  budget: TimeBudget;
  signal: AbortSignal;
  /** Called with what the file says of itself, before a picture is tried. */
  onFacts: (facts: MediaFacts) => void;
}

/** A frame in a local file. */
export interface FrameAt {
  file: string;
  demuxer: Demuxer;
  stream: number;
  /** 0 for the first one that there is. */
  atSeconds: number;
  hdr: HdrTransfer | null;
}

/** A picture, and how much there is to see in it. */
export interface Candidate {
  picture: Picture;
  detail: number;
}

/**
 * Decodes frame after frame until one has enough to see; else the best one of them wins. Null where
 * none gives a picture; after `maxFailures` of them, where the next can't be read in parts, or where time
 * runs out, no more are tried.
 * @throws MediaUnreadable (takes too long), ServiceFailed (no ffmpeg), the signal's reason, and what
 * `frames` throws
 */
export async function bestPicture(
  frames: AsyncIterable<FrameAt> | Iterable<FrameAt>,
  options: PictureOptions,
  maxFailures: number,
): Promise<Picture | null> {
  let best: Candidate | null = null;
  let failures = 0;
  try {
    for await (const frame of frames) {
      const candidate = await decode(frame, options);
      if (candidate === 'timed out') {
        if (best) break;
        throw mediaUnreadable('the video takes too long to decode');
      }
      if (candidate && candidate.detail > (best?.detail ?? -1)) best = candidate;
      if (best && isEnough(best.detail)) break;
      if (candidate === null) failures += 1;
      if (failures === maxFailures) break;
    }
  } catch (error) {
    // A dull picture at hand is better than a download for another one.
    if (best === null || !(error instanceof NotSparse)) throw error;
  }
  return best?.picture ?? null;
}

async function decode(
  frame: FrameAt,
  options: PictureOptions,
): Promise<Candidate | 'timed out' | null> {
  const { ffmpegPath, format } = options;
  const { contentType, extension } = imageType(format, format === 'jpeg' ? 'jpg' : format);
  const folder = dirname(frame.file);
  const [picture, grey] = [join(folder, `picture.${extension}`), join(folder, 'grey')];
  const toneMaps = frame.hdr !== null && (await canToneMap(ffmpegPath));
  const outcome = await options.budget.spend((timeoutMs) =>
    decodeFrame({
      ...{ ffmpegPath, format, picture, grey, timeoutMs, signal: options.signal },
      ...{ file: frame.file, demuxer: frame.demuxer, atSeconds: frame.atSeconds },
      filter: pictureFilter({ ...frame, format, canToneMap: toneMaps }),
    }),
  );
  const bytes = outcome === 'done' ? await bytesAt(picture) : null;
  const shades = bytes && (await bytesAt(grey));
  await Promise.all([rm(picture, { force: true }), rm(grey, { force: true })]);
  if (outcome === 'timed out') return outcome;
  if (bytes === null) return null;
  const detail = detailOf((shades ?? new Uint8Array(0)).subarray(0, GREY.width * GREY.height));
  return { picture: { bytes, contentType, extension }, detail };
}

async function bytesAt(path: string): Promise<Uint8Array | null> {
  const file = await open(path).catch(() => null);
  if (!file) return null;
  try {
    const bytes = await file.readFile();
    return bytes.length > 0 ? bytes : null;
  } finally {
    await file.close();
  }
}
