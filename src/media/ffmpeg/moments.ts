import { mediaUnreadable } from '../../errors.ts';
import { isWorthDecoding, type PacketTime, type Reach, reachMoment } from './decode-work.ts';
import { listPacketTimes } from './packet-times.ts';
import { type FrameAt, momentsToTry, type PictureOptions } from './picture.ts';
import type { Probed } from './probe.ts';

/** The latest moment to seek to, in seconds. To find a moment, ffmpeg may read everything before it. */
const MAX_SEEK_SECONDS = 60;
/** If a clip is shorter than this, the picture is the clip's first frame. */
const MIN_SEEKABLE_SECONDS = 0.4;
/** The frame rate to reckon with, unless the file claims a higher one. */
const USUAL_FRAME_RATE = 60;

/** How many frames of a clip ffmpeg may still decode. */
export interface FrameBudget {
  left: number;
}

/**
 * Yields the frames of a local file at the moments of `momentsToTry`, and takes the frames that ffmpeg decodes for them
 * from `budget`. If the budget is too small for a moment, yields an earlier frame or ends.
 * @throws MediaUnreadable if the edit list hides all frames within the budget, ServiceFailed (ffprobe cannot be run),
 * and the signal's reason
 */
export async function* framesToTry(
  first: FrameAt,
  { facts }: Probed,
  budget: FrameBudget,
  options: PictureOptions & { ffprobePath: string },
): AsyncGenerator<FrameAt> {
  const moments = momentsToSeek(facts.durationSeconds);
  const rate = Math.max(facts.frameRate ?? 0, USUAL_FRAME_RATE);
  let packets: PacketTime[] | null = null;
  let isFirst = true;
  for (const moment of moments) {
    let reach: Reach | null = { seconds: moment, frames: Math.ceil(moment * rate) };
    // List the packets only if the moment may be too far, because listing takes as long as a short decode. An MP4 file
    // can hide any number of frames before 0 s, which ffmpeg decodes too.
    if (first.demuxer === 'mov' || reach.frames > budget.left) {
      packets ??= await listPackets(first, Math.max(...moments), options);
      if (packets === null) return;
      reach = reachMoment(packets, moment, budget.left);
    }
    if (isFirst && reach === null)
      throw mediaUnreadable('the first frame that the video shows is too far from a key frame');
    if (reach === null || (!isFirst && !isWorthDecoding(reach, moment))) return;
    isFirst = false;
    budget.left -= reach.frames;
    yield { ...first, atSeconds: Number(reach.seconds.toFixed(3)) };
  }
}

/** Returns null if the packets can't be listed. */
function listPackets(
  { file, demuxer, stream }: FrameAt,
  untilSeconds: number,
  { ffprobePath, budget, signal }: PictureOptions & { ffprobePath: string },
): Promise<PacketTime[] | null> {
  return budget.spend((timeoutMs) =>
    listPacketTimes(ffprobePath, file, { demuxer, signal, timeoutMs, stream, untilSeconds }),
  );
}

/** Returns moments in seconds, without duplicates. */
function momentsToSeek(durationSeconds: number | undefined): number[] {
  if (durationSeconds === undefined) return momentsToTry(undefined);
  if (durationSeconds < MIN_SEEKABLE_SECONDS) return [0];
  const moments = momentsToTry(durationSeconds);
  return [...new Set(moments.map((moment) => Math.min(MAX_SEEK_SECONDS, moment)))];
}
