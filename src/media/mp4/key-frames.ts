import type { EncodedPacket, InputVideoTrack } from 'mediabunny';
import type { MediaFacts } from '../../clip/state.ts';
import { isFailure } from '../../errors.ts';
import type { ByteSource } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { maxDecodedFrames } from '../ffmpeg/decode-work.ts';
import { momentsToTry } from '../ffmpeg/picture.ts';
import { containsKeyPicture } from '../video/key-frame.ts';
import { isShown, timestampAt } from './edits.ts';
import { writeExcerpt } from './excerpt.ts';
import { laterFragments } from './fragment-index.ts';
import { openFragment, type OpenClip } from './open.ts';
import {
  endOfReadableFrames,
  frameShownAt,
  readRun,
  type Run,
  type RunLimits,
  seekSeconds,
} from './run.ts';

/** A frame of a clip, in a new MP4 file. */
export interface ClipFrame {
  mp4: Uint8Array;
  /** How many frames the file contains. */
  frames: number;
  /** The size of the encoded frames in the file, in bytes. */
  frameBytes: number;
  /** Seconds from the start of the clip. */
  atSeconds: number;
  /** The frame's time in the file. 0 means the file's first frame, which is usually its only frame. */
  seekSeconds: number;
}

/** The largest frame that is read. A key frame of 8K video takes 1 to 4 MB. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Which of the fragments after the first ones to try, as parts of their number and in the order to try them. */
const LATER_FRAGMENTS = [1 / 2, 3 / 4, 1 / 3];

/**
 * Yields the key frame before each moment of `momentsToTry`. A frame is fetched only when the caller requests it. In a
 * fragmented file, only frames of the first fragments are available.
 *
 * If the edit list hides the key frame, yields the next key frame that is shown. If there is none, yields the frame at
 * the moment itself, in a file with all frames that are needed to decode it.
 * @throws PartialReadError, and the errors of the clip's source
 */
export async function* keyFrames(clip: OpenClip, facts: MediaFacts): AsyncGenerator<ClipFrame> {
  const reachableSeconds = clip.fragments.seconds || Infinity;
  const length = Math.min(facts.durationSeconds ?? Infinity, reachableSeconds);
  const end = await endOfReadableFrames(clip);
  // No survey follows these runs, so they may have all frames of the budget.
  let maxFrames = maxDecodedFrames(facts);
  const seen = new Set<number>();
  for (const moment of momentsToTry(length < Infinity ? length : undefined)) {
    const timestamp = timestampAt(clip.shown, moment);
    const packet = await keyPacketAt(clip, timestamp);
    const { sequenceNumber } = packet;
    if (seen.has(sequenceNumber) || packet.timestamp >= end) continue;
    seen.add(sequenceNumber);
    if (isShown(clip.shown, packet.timestamp)) {
      const frame = await oneFrame(clip, packet);
      if (frame !== null) yield frame;
    } else if (maxFrames > 0) {
      const frame = await frameAfter(clip, packet, { maxFrames, until: timestamp });
      maxFrames -= frame?.frames ?? 0;
      if (frame !== null) yield frame;
    }
  }
}

/**
 * Yields key frames of a fragmented file that come after the fragments that were read first. Yields nothing if the file
 * has no fragments. Skips fragments that are unreadable, for example because they are encrypted.
 * @throws PartialReadError, and the errors of `source`
 */
export async function* laterKeyFrames(
  source: ByteSource,
  clip: OpenClip,
): AsyncGenerator<ClipFrame> {
  if (!clip.moov.isFragmented) return;
  const { moov, moovStart, fragments } = clip;
  const offsets = await laterFragments(source, {
    trackId: moov.video.id,
    moovEnd: moovStart + moov.bytes.length,
    end: fragments.end,
  });
  const chosen = LATER_FRAGMENTS.map((part) => offsets[Math.floor(part * offsets.length)]);
  for (const offset of new Set(chosen)) {
    if (offset === undefined) return;
    const fragment = await openFragment(source, clip, offset).catch(ignoreUnreadable);
    if (fragment === null) continue;
    try {
      const packet = await fragment.packets.getFirstKeyPacket({ metadataOnly: true });
      if (packet === null || !isShown(fragment.shown, packet.timestamp)) continue;
      const frame = await oneFrame(fragment, packet);
      if (frame !== null) yield frame;
    } finally {
      fragment.close();
    }
  }
}

export function ignoreUnreadable(error: unknown): null {
  if (isFailure(error, 'MediaUnreadable')) return null;
  throw error;
}

/** Half of the frames that ffmpeg may decode, because a survey decodes a run twice. */
function maxRunFrames(facts: MediaFacts): number {
  return Math.max(1, Math.floor(maxDecodedFrames(facts) / 2));
}

/**
 * Reads the frames with which the clip starts, up to the end of the first group of pictures or to the limits. Returns
 * null if the edit list shows none of these frames.
 * @throws PartialReadError, and the errors of the clip's source
 */
export async function readFirstRun(clip: OpenClip, facts: MediaFacts): Promise<Run | null> {
  const packet = await lastKeyPacket(clip, timestampAt(clip.shown, 0));
  return (
    (await fetchKeyFrame(clip, packet)) && readRun(clip, packet, { maxFrames: maxRunFrames(facts) })
  );
}

/** Finds the last key frame before a time, or the first key frame, without fetching it. The edit list may hide it. */
export async function lastKeyPacket(
  { packets }: OpenClip,
  timestamp: number,
): Promise<EncodedPacket> {
  const options = { metadataOnly: true };
  const packet =
    (await packets.getKeyPacket(timestamp, options)) ?? (await packets.getFirstKeyPacket(options));
  if (packet === null) throw new PartialReadError('no-key-frame', 'no key frame was found');
  return packet;
}

/**
 * Finds the key frame to decode a moment from, without fetching it. If the edit list hides the key frame before the
 * moment but shows the next one, returns the next one.
 */
async function keyPacketAt(clip: OpenClip, timestamp: number): Promise<EncodedPacket> {
  const packet = await lastKeyPacket(clip, timestamp);
  if (isShown(clip.shown, packet.timestamp)) return packet;
  const next = await clip.packets.getNextKeyPacket(packet, { metadataOnly: true });
  return next !== null && isShown(clip.shown, next.timestamp) ? next : packet;
}

/** Returns null if the packet cannot be fetched or is not a key frame. */
async function oneFrame(clip: OpenClip, packet: EncodedPacket): Promise<ClipFrame | null> {
  const withData = await fetchKeyFrame(clip, packet);
  if (withData === null) return null;
  return {
    mp4: await writeExcerpt(clip.track, [withData]),
    frames: 1,
    frameBytes: packet.byteLength,
    atSeconds: packet.timestamp,
    seekSeconds: 0,
  };
}

/**
 * Returns the last frame that is shown before a time, decoded from a hidden key frame. Returns null if the packet
 * cannot be fetched or is not a key frame.
 * @throws PartialReadError if the limits end before the first frame that is shown
 */
async function frameAfter(
  clip: OpenClip,
  packet: EncodedPacket,
  limits: Required<RunLimits>,
): Promise<ClipFrame | null> {
  if ((await fetchKeyFrame(clip, packet)) === null) return null;
  const run = await readRun(clip, packet, limits);
  if (run === null)
    throw new PartialReadError(
      'limits',
      'the first frame that is shown is too far from a key frame',
    );
  const at = frameShownAt(run.frames, limits.until - packet.timestamp);
  return {
    mp4: run.mp4,
    frames: run.frames.length,
    frameBytes: run.frameBytes,
    atSeconds: packet.timestamp + (run.frames[at]?.seconds ?? 0),
    seekSeconds: seekSeconds(run.frames, at),
  };
}

/**
 * Fetches the data of a packet. Returns null if the packet cannot be fetched or is not a key frame.
 * @throws PartialReadError if the packet is too large
 */
export async function fetchKeyFrame(
  { packets, track }: OpenClip,
  { byteLength, timestamp }: EncodedPacket,
): Promise<EncodedPacket | null> {
  if (byteLength > MAX_FRAME_BYTES)
    throw new PartialReadError('limits', 'a key frame is too large');
  const packet = await packets.getKeyPacket(timestamp);
  // Check the frame itself, because the table of key frames may be wrong.
  return packet && (await isKeyFrame(track, packet)) ? packet : null;
}

async function isKeyFrame(track: InputVideoTrack, packet: EncodedPacket): Promise<boolean> {
  if ((await track.determinePacketType(packet)) !== 'delta') return true;
  const { description } = (await track.getDecoderConfig()) as { description?: Uint8Array };
  return containsKeyPicture((await track.getCodec()) ?? '', description, packet.data);
}
