import { mediaUnreadable } from '../../errors.ts';
import {
  countHiddenFrames,
  isWorthDecoding,
  type PacketTime,
  type Reach,
  reachMoment,
} from './decode-work.ts';
import { listPacketTimes, type PacketListOptions } from './packet-times.ts';
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
  /** How many frames ffmpeg decodes before the first frame that the clip shows, because the edit list hides them. */
  hidden: number;
}

/**
 * Yields the frames of a local file at the moments of `momentsToTry`, and takes the frames that ffmpeg decodes for them
 * from `budget`. If the budget is too small for a moment, or if the frames can't be counted, yields an earlier frame or
 * ends. Sets `budget.hidden` before the first frame.
 * @throws MediaUnreadable if the edit list hides all frames within the budget, ServiceFailed (ffprobe cannot be run),
 * and the signal's reason
 */
export async function* framesToTry(
  first: FrameAt,
  { facts, startSeconds }: Probed,
  budget: FrameBudget,
  options: PictureOptions & { ffprobePath: string },
): AsyncGenerator<FrameAt> {
  const moments = momentsToSeek(facts.durationSeconds);
  const rate = Math.max(facts.frameRate ?? 0, USUAL_FRAME_RATE);
  const list = (end: PacketListOptions['end']): Promise<PacketTime[] | null> =>
    listPackets(first, { ...options, startSeconds, end });
  const end = { seconds: Math.max(...moments) };
  let packets: PacketTime[] | null = null;
  if (first.demuxer === 'mov') {
    packets = await list(end);
    budget.hidden = await requireReachableStart(packets, budget, list);
  }
  let isFirst = true;
  for (const moment of moments) {
    let reach: Reach | null = { seconds: moment, frames: Math.ceil(moment * rate) };
    // List the packets only if the moment may be too far, because listing takes as long as a short decode. An MP4 file
    // can hide any number of frames before 0 s, which ffmpeg decodes too.
    if (first.demuxer === 'mov' || reach.frames > budget.left) {
      packets ??= first.demuxer === 'mov' ? null : await list(end);
      if (packets === null) return;
      reach = reachMoment(packets, moment, budget.left);
    }
    if (reach === null || (!isFirst && !isWorthDecoding(reach, moment))) return;
    isFirst = false;
    budget.left -= reach.frames;
    yield { ...first, atSeconds: Number(reach.seconds.toFixed(3)) };
  }
}

/**
 * Yields the first frame that a local file shows, and takes the frames that ffmpeg decodes for it from `budget`. Yields
 * nothing if the edit list hides too many frames before it.
 */
export function* firstFrame(first: FrameAt, budget: FrameBudget): Generator<FrameAt> {
  // A single frame is always decoded, even if earlier moments used the budget up.
  if (budget.hidden > 0 && budget.hidden >= budget.left) return;
  budget.left -= budget.hidden + 1;
  yield { ...first, atSeconds: 0 };
}

/** Returns how many frames from the first shown frame a survey may measure; 0 or less if it may measure none. */
export function countSurveyFrames(
  { durationSeconds = Infinity, frameRate = Infinity }: Probed['facts'],
  { left, hidden }: FrameBudget,
): number {
  // A survey decodes its frames, and the hidden frames before them, twice.
  return Math.min(Math.ceil(durationSeconds * frameRate), Math.floor(left / 2) - hidden);
}

/**
 * Returns how many frames ffmpeg decodes before the first frame that the edit list shows.
 * @param packets the packets up to the last moment, or null if they can't be listed
 * @throws MediaUnreadable if these frames are more than the budget or can't be counted
 */
async function requireReachableStart(
  packets: PacketTime[] | null,
  { left }: FrameBudget,
  list: (end: PacketListOptions['end']) => Promise<PacketTime[] | null>,
): Promise<number> {
  // The list may be too long, or the video may start after the last moment. A list of fixed length is then enough.
  const hidden =
    countHiddenFrames(packets ?? []) ?? countHiddenFrames((await list({ packets: left })) ?? []);
  if (hidden === null || hidden >= left)
    throw mediaUnreadable('the first frame that the video shows is too far from a key frame');
  return hidden;
}

/** Returns null if the packets can't be listed. */
function listPackets(
  { file, demuxer, stream }: FrameAt,
  {
    ffprobePath,
    budget,
    signal,
    startSeconds,
    end,
  }: PictureOptions &
    Pick<PacketListOptions, 'startSeconds' | 'end'> & {
      ffprobePath: string;
    },
): Promise<PacketTime[] | null> {
  return budget.spend((timeoutMs) =>
    listPacketTimes(ffprobePath, file, { demuxer, signal, timeoutMs, stream, startSeconds, end }),
  );
}

/** Returns moments in seconds, without duplicates. */
function momentsToSeek(durationSeconds: number | undefined): number[] {
  if (durationSeconds === undefined) return momentsToTry(undefined);
  if (durationSeconds < MIN_SEEKABLE_SECONDS) return [0];
  const moments = momentsToTry(durationSeconds);
  return [...new Set(moments.map((moment) => Math.min(MAX_SEEK_SECONDS, moment)))];
}
