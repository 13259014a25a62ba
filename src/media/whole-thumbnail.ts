import { mediaUnreadable } from '../errors.ts';
import { MOMENTS } from './key-frames.ts';
import { bestPicture, type FrameAt, type PictureOptions } from './picture-maker.ts';
import { probe, type Probed } from './probe.ts';
import type { Demuxer } from './sniff.ts';
import type { Made } from './sparse-thumbnail.ts';

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
  const probed = await probe(options.ffprobePath, file, {
    demuxer,
    signal: options.signal,
    timeoutMs: Math.max(1, Math.ceil(options.endAtMs - performance.now())),
  });
  const picture = await bestPicture(framesOf(file, demuxer, probed), options);
  if (picture === null) throw mediaUnreadable('no picture can be made of the video');
  return { picture, facts: probed.facts };
}

/** A tenth, a third, half, and the very first frame, for the length may be wrong. */
async function* framesOf(
  file: string,
  demuxer: Demuxer,
  { facts, stream, hdr }: Probed,
): AsyncGenerator<FrameAt> {
  const { durationSeconds = 0 } = facts;
  const moments =
    durationSeconds < SHORT_SECONDS
      ? []
      : MOMENTS.map((part) => Math.min(LATEST_SECONDS, part * durationSeconds));
  for (const moment of [...moments, 0])
    yield await Promise.resolve({
      ...{ file, demuxer, stream, hdr },
      atSeconds: Number(moment.toFixed(3)),
    });
}
