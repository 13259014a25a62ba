import type { MediaFacts } from '../../clip/state.ts';
import { MAX_PIXELS } from './limits.ts';

/**
 * The most pixels that ffmpeg decodes for one clip: width × height × number of frames. As many pixels are in 20 s of
 * 1080p at 60 frames a second, and in 75 frames of 8K. The time limit alone would let a small file of 8K video keep a
 * core busy for 20 s.
 */
const MAX_DECODED_PIXELS = 2.5e9;
/**
 * The most frames that ffmpeg decodes for one clip, however small they are, because each frame also costs a fixed
 * amount of work. As many frames are in 166 s at 60 frames a second.
 */
const MAX_DECODED_FRAMES = 10_000;
/** An earlier moment is decoded instead of a moment that is too far if it is at least at this part of the moment. */
const MIN_PART_REACHED = 1 / 2;

/** Returns how many frames of a video ffmpeg may decode, in all runs together. */
export function maxDecodedFrames({ width, height }: MediaFacts): number {
  const pixels = width === undefined || height === undefined ? MAX_PIXELS : width * height;
  return Math.max(1, Math.min(MAX_DECODED_FRAMES, Math.floor(MAX_DECODED_PIXELS / pixels)));
}

/** The time and type of an encoded frame. */
export interface PacketTime {
  /** When the frame is shown, in seconds from the file's first timestamp. Hidden frames may have negative times. */
  seconds: number;
  isKey: boolean;
  /** True if the edit list hides the frame. ffmpeg decodes it all the same. */
  isHidden: boolean;
}

/** A moment that ffmpeg may seek to. */
export interface Reach {
  seconds: number;
  /** How many frames ffmpeg decodes to reach the moment. */
  frames: number;
}

/**
 * Returns the latest moment that ffmpeg reaches by decoding at most `maxFrames` frames: `moment` itself, or an earlier
 * moment in the same group of pictures. Returns null if the edit list hides all frames that ffmpeg would reach, or if
 * there are no packets, because then nothing bounds the work.
 * @param packets all packets of the video up to `moment`, in decoding order
 */
export function reachMoment(
  packets: readonly PacketTime[],
  moment: number,
  maxFrames: number,
): Reach | null {
  if (packets.length === 0) return null;
  const lastKey = packets.findLastIndex(({ seconds, isKey }) => isKey && seconds <= moment);
  const from = Math.max(0, lastKey);
  const frames = packets.findLastIndex(({ seconds }) => seconds <= moment) - from + 1;
  if (frames <= maxFrames) return { seconds: moment, frames: Math.max(1, frames) };
  const shown = packets.slice(from, from + maxFrames).filter(({ isHidden }) => !isHidden);
  if (shown.length === 0) return null;
  const latest = Math.max(...shown.map(({ seconds }) => seconds));
  return { seconds: Math.min(moment, latest), frames: maxFrames };
}

/**
 * Returns how many frames the edit list hides before the first frame that it shows. ffmpeg decodes these frames too.
 * Returns null if all frames are hidden.
 * @param packets the first packets of the video, in decoding order
 */
export function countHiddenFrames(packets: readonly PacketTime[]): number | null {
  const shown = packets.findIndex(({ isHidden }) => !isHidden);
  return shown === -1 ? null : shown;
}

/** True if a moment that is reached instead of another moment is worth decoding. */
export function isWorthDecoding(reached: Reach, moment: number): boolean {
  return reached.seconds >= moment * MIN_PART_REACHED;
}
