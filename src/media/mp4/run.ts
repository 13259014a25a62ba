import type { EncodedPacket } from 'mediabunny';
import { PartialReadError } from '../fallback.ts';
import { isShown } from './edits.ts';
import { writeExcerpt } from './excerpt.ts';
import type { OpenClip } from './open.ts';

/** A key frame and the frames after it, as a new MP4 file. */
export interface Run {
  mp4: Uint8Array;
  /** The size of the encoded frames, in bytes. */
  frameBytes: number;
  /** The frames in the order in which they are displayed. */
  frames: RunFrame[];
}

export interface RunFrame {
  /** Seconds from the start of the run. */
  seconds: number;
  /** True if the edit list shows the frame. */
  isShown: boolean;
}

export interface RunLimits {
  /** The most frames that the run contains, because ffmpeg decodes all of them. */
  maxFrames: number;
  /** The run ends with the frame that is shown at this time. The time is a timestamp of Mediabunny's packets. */
  until?: number;
}

/**
 * The most bytes of video that are fetched for a run. At 8 Mbit/s, a group of 250 frames, which is the longest that
 * x264 makes by default, takes 4 MB at 60 frames a second and 8 MB at 30.
 */
export const MAX_RUN_BYTES = 8 * 1024 * 1024;
/** The most frames in a run. A run of small frames would otherwise take long to copy. */
const MAX_RUN_FRAMES = 1200;
/** A run of at least this many bytes ends at the next key frame. A shorter run goes on, because it costs little. */
const MIN_RUN_BYTES = 1024 * 1024;
/** Frames are fetched in parts of at most this size, so that a run takes few requests. */
const MAX_AHEAD_BYTES = 1024 * 1024;

/**
 * Fetches a key frame and the frames after it, up to the limits. Returns null if the edit list shows none of these
 * frames.
 * @param first the key frame
 * @throws PartialReadError, and the errors of the clip's source
 */
export async function readRun(
  clip: OpenClip,
  first: EncodedPacket,
  limits: RunLimits,
): Promise<Run | null> {
  const { count, frameBytes } = await measureRun(clip, first, limits);
  // Frames of sound may lie between the frames of video, so this many bytes may not be enough for all frames.
  clip.setReadAhead(Math.min(frameBytes, MAX_AHEAD_BYTES));
  try {
    const packets: EncodedPacket[] = [];
    let packet = await clip.packets.getKeyPacket(first.timestamp);
    while (packet !== null && packets.length < count) {
      packets.push(packet);
      packet = await clip.packets.getNextPacket(packet);
    }
    const frames = packets
      .map(({ timestamp }) => ({
        seconds: timestamp - first.timestamp,
        isShown: isShown(clip.shown, timestamp),
      }))
      .filter(({ seconds }) => seconds >= 0)
      .sort((a, b) => a.seconds - b.seconds);
    if (!frames.some((frame) => frame.isShown)) return null;
    return { mp4: await writeExcerpt(clip.track, packets), frameBytes, frames };
  } finally {
    clip.setReadAhead(0);
  }
}

/**
 * Returns the time at which the frames end that may be read, as a timestamp of Mediabunny's packets. The frames after it
 * are encrypted, or are in fragments that were not checked. Returns Infinity if all frames may be read.
 */
export async function endOfReadableFrames({ packets, fragments }: OpenClip): Promise<number> {
  if (fragments.seconds === 0) return Infinity;
  const first = await packets.getFirstPacket({ metadataOnly: true });
  return (first?.timestamp ?? 0) + fragments.seconds;
}

/** Counts the frames and bytes of a run, without fetching a frame. */
async function measureRun(
  clip: OpenClip,
  first: EncodedPacket,
  { maxFrames, until }: RunLimits,
): Promise<{ count: number; frameBytes: number }> {
  const { packets } = clip;
  const options = { metadataOnly: true };
  const last = until === undefined ? null : await packets.getPacket(until, options);
  const end = await endOfReadableFrames(clip);
  let count = 0;
  let frameBytes = 0;
  let packet: EncodedPacket | null = first;
  while (packet !== null && count < Math.min(maxFrames, MAX_RUN_FRAMES)) {
    if (frameBytes + packet.byteLength > MAX_RUN_BYTES || packet.timestamp >= end) break;
    const isNextGroup = count > 0 && packet.type === 'key';
    if (last === null && isNextGroup && frameBytes >= MIN_RUN_BYTES) break;
    count += 1;
    frameBytes += packet.byteLength;
    if (packet.sequenceNumber === last?.sequenceNumber) break;
    packet = await packets.getNextPacket(packet, options);
  }
  if (count === 0) throw new PartialReadError('limits', 'a key frame is too large');
  return { count, frameBytes };
}

/**
 * Returns the index of the last frame that is shown at or before `seconds`. If all shown frames come later, returns the
 * index of the first of them.
 */
export function frameShownAt(frames: readonly RunFrame[], seconds: number): number {
  const last = frames.findLastIndex((frame) => frame.isShown && frame.seconds <= seconds);
  return last === -1 ? frames.findIndex((frame) => frame.isShown) : last;
}

/**
 * Returns the time to seek to in order to get a frame. The time lies halfway between the frame and the one before it,
 * because a file's times are rounded.
 */
export function seekSeconds(frames: readonly RunFrame[], index: number): number {
  if (index <= 0) return 0;
  return ((frames[index - 1]?.seconds ?? 0) + (frames[index]?.seconds ?? 0)) / 2;
}
