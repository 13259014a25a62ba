import { mediaUnreadable } from '../../errors.ts';
import { requireFewPixels } from './limits.ts';
import { MOMENTS, UNKNOWN_MOMENTS } from '../mp4/key-frames.ts';
import { bestPicture, type FrameAt, type PictureOptions } from './picture.ts';
import { probe } from './probe.ts';
import type { Demuxer } from '../sniff.ts';
import type { Made } from '../mp4/thumbnail.ts';

/** How far into a clip ffmpeg is sent: it decodes from the key frame before. */
const LATEST_SECONDS = 60;
/** A clip this short is looked at from its beginning alone. */
const SHORT_SECONDS = 0.4;

/**
 * Makes the picture of a local file in its folder, where ffprobe and ffmpeg read the stranger's
 * container themselves.
 * @throws MediaUnreadable, MediaTooLarge (pixels), ServiceFailed (no ffmpeg), and the signal's reason
 */
export async function wholeThumbnail(
  file: string,
  demuxer: Demuxer,
  options: PictureOptions & { ffprobePath: string },
): Promise<Made> {
  const { ffprobePath, budget, signal } = options;
  const probed = await budget.spend((timeoutMs) =>
    probe(ffprobePath, file, { demuxer, signal, timeoutMs }),
  );
  options.onFacts(probed.facts);
  requireFewPixels(probed.facts);
  const frame = { file, demuxer, stream: probed.stream, hdr: probed.hdr };
  const at = (seconds: number): FrameAt => ({ ...frame, atSeconds: Number(seconds.toFixed(3)) });
  const later = momentsOf(probed.facts.durationSeconds).map(at);
  // The length may be wrong: where there is nothing at the first of them, the very first frame is left.
  const picture =
    (await bestPicture(later, options, 1)) ?? (await bestPicture([at(0)], options, 1));
  if (picture === null) throw mediaUnreadable('no picture can be made of the video');
  return { picture, facts: probed.facts };
}

function momentsOf(durationSeconds: number | undefined): number[] {
  if (durationSeconds === undefined) return UNKNOWN_MOMENTS;
  if (durationSeconds < SHORT_SECONDS) return [];
  return MOMENTS.map((part) => Math.min(LATEST_SECONDS, part * durationSeconds));
}
