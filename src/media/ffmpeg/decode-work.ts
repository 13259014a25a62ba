import type { MediaFacts } from '../../clip/state.ts';
import { MAX_PIXELS } from './limits.ts';

/**
 * The most pixels that ffmpeg decodes for one clip: width × height × number of frames. As many pixels are in 20 s of
 * 1080p at 60 frames a second, and in 75 frames of 8K. The time limit alone would let a small file of 8K video keep a
 * core busy for 20 s.
 */
const MAX_DECODED_PIXELS = 2.5e9;
/** An earlier moment is decoded instead of a moment that is too far if it is at least at this part of the moment. */
const MIN_PART_REACHED = 1 / 2;

/** Returns how many frames of a video ffmpeg may decode, in all runs together. */
export function maxDecodedFrames({ width, height }: MediaFacts): number {
  const pixels = width === undefined || height === undefined ? MAX_PIXELS : width * height;
  return Math.max(1, Math.floor(MAX_DECODED_PIXELS / pixels));
}

/** The time and type of an encoded frame. */
export interface PacketTime {
  /** When the frame is shown, in seconds. The edit list hides frames before 0. */
  seconds: number;
  isKey: boolean;
}

/** A moment that ffmpeg may seek to. */
export interface Reach {
  seconds: number;
  /** How many frames ffmpeg decodes to reach the moment. */
  frames: number;
}

/**
 * Returns the latest moment that ffmpeg reaches by decoding at most `maxFrames` frames: `moment` itself, or an earlier
 * moment in the same group of pictures. Returns null if the edit list hides all frames that ffmpeg would reach.
 * @param packets all packets of the video up to `moment`, in decoding order
 */
export function reachMoment(
  packets: readonly PacketTime[],
  moment: number,
  maxFrames: number,
): Reach | null {
  const lastKey = packets.findLastIndex(({ seconds, isKey }) => isKey && seconds <= moment);
  const from = Math.max(0, lastKey);
  const frames = packets.findLastIndex(({ seconds }) => seconds <= moment) - from + 1;
  if (frames <= maxFrames) return { seconds: moment, frames: Math.max(1, frames) };
  const decoded = packets.slice(from, from + maxFrames).map(({ seconds }) => seconds);
  const reached = Math.min(moment, Math.max(...decoded));
  return reached >= 0 ? { seconds: reached, frames: maxFrames } : null;
}

/** True if a moment that is reached instead of another moment is worth decoding. */
export function isWorthDecoding(reached: Reach, moment: number): boolean {
  return reached.seconds >= moment * MIN_PART_REACHED;
}
