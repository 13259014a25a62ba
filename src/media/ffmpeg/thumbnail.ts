import { mediaUnreadable } from '../../errors.ts';
import type { Thumbnail } from '../facts.ts';
import type { Demuxer } from '../sniff.ts';
import { requireMaxPixels } from './limits.ts';
import { choosePicture, type FrameAt, momentsToTry, type PictureOptions } from './picture.ts';
import { probe } from './probe.ts';

/**
 * The latest moment to seek to, in seconds. To reach a moment, ffmpeg decodes everything from the last key frame before
 * that moment, which can take long.
 */
const MAX_SEEK_SECONDS = 60;
/** If a clip is shorter than this, the picture is the clip's first frame. */
const MIN_SEEKABLE_SECONDS = 0.4;

/**
 * Makes the picture of a local file, in the file's folder. ffprobe and ffmpeg read the untrusted file.
 * @throws MediaUnreadable, MediaTooLarge (pixels), ServiceFailed (ffmpeg cannot be run), and the signal's
 * reason
 */
export async function thumbnailFromFile(
  file: string,
  demuxer: Demuxer,
  options: PictureOptions & { ffprobePath: string },
): Promise<Thumbnail> {
  const { ffprobePath, budget, signal } = options;
  const { facts, stream, hdr } = await budget.spend((timeoutMs) =>
    probe(ffprobePath, file, { demuxer, signal, timeoutMs }),
  );
  options.onFacts(facts);
  requireMaxPixels(facts);
  const frameAt = (seconds: number): FrameAt => ({
    file,
    demuxer,
    stream,
    hdr,
    atSeconds: Number(seconds.toFixed(3)),
  });
  const frames = momentsToSeek(facts.durationSeconds).map(frameAt);
  // The claimed length may be wrong. If there is no frame at the first moment, try the file's first frame.
  const picture =
    (await choosePicture(frames, options, 1)) ?? (await choosePicture([frameAt(0)], options, 1));
  if (picture === null) throw mediaUnreadable('no frame of the video could be decoded');
  return { picture, facts };
}

function momentsToSeek(durationSeconds: number | undefined): number[] {
  if (durationSeconds === undefined) return momentsToTry(undefined);
  if (durationSeconds < MIN_SEEKABLE_SECONDS) return [];
  return momentsToTry(durationSeconds).map((moment) => Math.min(MAX_SEEK_SECONDS, moment));
}
