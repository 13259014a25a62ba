import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pictures } from '../../activities/ports.ts';
import type { MediaFacts } from '../../clip/state.ts';
import type { ThumbnailFormat } from '../../config.ts';
import { mediaUnreadable } from '../../errors.ts';
import { PartialReadError } from '../fallback.ts';
import { type Demuxer, imageType } from '../sniff.ts';
import type { Colours } from '../video/colours.ts';
import { decodeFrame } from './decode.ts';
import { canToneMap, GREY, pictureFilter } from './filter.ts';
import type { TimeBudget } from './limits.ts';

export interface PictureOptions {
  ffmpegPath: string;
  format: ThumbnailFormat;
  budget: TimeBudget;
  signal: AbortSignal;
  /** Called with the clip's facts, before the first frame is decoded. */
  onFacts: (facts: MediaFacts) => void;
}

/** A frame of a local file. */
export interface FrameAt {
  file: string;
  demuxer: Demuxer;
  stream: number;
  /** The time of the frame; 0 for the first frame of the file. */
  atSeconds: number;
  /** How many frames to skip after `atSeconds`; 0 by default. */
  skipFrames?: number;
  colours: Colours;
}

/** A picture that may become the thumbnail. */
export interface Candidate {
  pictures: Pictures;
  /** The contrast that `contrastOf` returned for the picture. */
  contrast: number;
}

/**
 * The moments to take the picture from, as fractions of the clip's length. The beginning is often black, and sometimes
 * the whole first half.
 */
const MOMENTS = [1 / 10, 1 / 3, 1 / 2, 3 / 4];
/** The moments to take the picture from if the clip's length is unknown, in seconds. */
const MOMENTS_OF_UNKNOWN_LENGTH = [2, 5, 0];
/** Below this contrast a picture is black, of one colour, or part of a fade. */
const MIN_CONTRAST = 10;

/** Returns the moments to take a clip's picture from, in seconds and in the order to try them. */
export function momentsToTry(durationSeconds: number | undefined): number[] {
  if (durationSeconds === undefined) return MOMENTS_OF_UNKNOWN_LENGTH;
  return MOMENTS.map((part) => part * durationSeconds);
}

/** Returns the standard deviation of a greyscale picture's levels, from 0 to 127.5; 0 if the picture is empty. */
export function contrastOf(grey: Uint8Array): number {
  if (grey.length === 0) return 0;
  const mean = grey.reduce((sum, level) => sum + level, 0) / grey.length;
  const squares = grey.reduce((sum, level) => sum + (level - mean) ** 2, 0);
  return Math.sqrt(squares / grey.length);
}

/** True if a picture with this contrast is worth showing. */
export function hasEnoughContrast(contrast: number): boolean {
  return contrast >= MIN_CONTRAST;
}

/**
 * Decodes frame after frame until a frame has enough contrast. If no frame has enough, returns the picture with the
 * most contrast. Returns null if no frame can be decoded. `earlier` is a picture that was decoded before.
 *
 * Decoding stops early after `maxFailures` frames that cannot be decoded. If there is already a picture, decoding also
 * stops when time runs out or when the next frame cannot be read in parts.
 * @throws MediaUnreadable (timed out), ServiceFailed (ffmpeg cannot be run), the signal's reason, and the
 * errors of `frames`
 */
export async function choosePicture(
  frames: AsyncIterable<FrameAt> | Iterable<FrameAt>,
  options: PictureOptions,
  maxFailures: number,
  earlier: Candidate | null = null,
): Promise<Candidate | null> {
  let best = earlier;
  let failures = 0;
  try {
    for await (const frame of frames) {
      const candidate = await decodeCandidate(frame, options);
      if (candidate === 'timed out') {
        if (best) break;
        throw mediaUnreadable('decoding the video timed out');
      }
      if (candidate && candidate.contrast > (best?.contrast ?? -1)) best = candidate;
      if (best && hasEnoughContrast(best.contrast)) break;
      if (candidate === null) failures += 1;
      if (failures === maxFailures) break;
    }
  } catch (error) {
    // If a picture was already decoded, use it even if it has little contrast. The alternative is to download the whole
    // clip.
    if (best === null || !(error instanceof PartialReadError)) throw error;
  }
  return best;
}

async function decodeCandidate(
  frame: FrameAt,
  options: PictureOptions,
): Promise<Candidate | 'timed out' | null> {
  const { ffmpegPath, format, budget, signal } = options;
  const { file, demuxer, atSeconds, stream, skipFrames = 0, colours } = frame;
  const { contentType, extension } = imageType(format);
  const picture = join(dirname(file), `picture.${extension}`);
  const poster = join(dirname(file), 'poster.jpg');
  const grey = join(dirname(file), 'grey');
  const toneMaps = colours.hdr !== null && (await canToneMap(ffmpegPath));
  const filter = pictureFilter({ stream, skipFrames, format, colours, canToneMap: toneMaps });
  const outcome = await budget.spend((timeoutMs) =>
    decodeFrame({
      ffmpegPath,
      file,
      picture,
      poster,
      grey,
      demuxer,
      filter,
      atSeconds,
      format,
      timeoutMs,
      signal,
    }),
  );
  const bytes = outcome === 'done' ? await readIfAny(picture) : null;
  const posterBytes = bytes && (await readIfAny(poster));
  const levels = bytes && (await readIfAny(grey));
  await Promise.all([picture, poster, grey].map((path) => rm(path, { force: true })));
  if (outcome === 'timed out') return outcome;
  if (bytes === null) return null;
  const contrast = contrastOf((levels ?? new Uint8Array(0)).subarray(0, GREY.width * GREY.height));
  const pictures: Pictures = { picture: { bytes, contentType, extension } };
  if (posterBytes) pictures.posterImage = { bytes: posterBytes, ...imageType('jpeg') };
  return { pictures, contrast };
}

/** Returns the file's bytes, or null if the file is missing or empty. */
export async function readIfAny(path: string): Promise<Uint8Array | null> {
  const file = await open(path).catch(() => null);
  if (!file) return null;
  try {
    const bytes = await file.readFile();
    return bytes.length > 0 ? bytes : null;
  } finally {
    await file.close();
  }
}
