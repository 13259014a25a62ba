import type { EncodedPacket } from 'mediabunny';
import type { MediaFacts } from '../../../clip/state.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { containsKeyPicture } from '../../video/key-frame.ts';
import { isShown, secondsShownAt, timestampAt } from '../edits.ts';
import { laterFragments } from '../fragment-index.ts';
import { fetchKeyFrame, ignoreUnreadable, lastKeyPacket, MAX_FRAME_BYTES } from '../key-frames.ts';
import { openFragment, type OpenClip } from '../open.ts';
import { endOfReadableFrames } from '../run.ts';
import {
  fitInto,
  MAX_FRAMES,
  MIN_FRAMES,
  MIN_WANTED_FRAMES,
  momentsOf,
  pickEvenly,
  spreadOut,
} from './choose.ts';

/** A key frame of a clip that was not fetched yet. */
interface KeyFrame {
  /** The clip, or one fragment of it. */
  clip: OpenClip;
  packet: EncodedPacket;
  /** Seconds from the start of the clip. */
  atSeconds: number;
}

/** A key frame of a clip, with its data. */
export interface FetchedFrame {
  packet: EncodedPacket;
  atSeconds: number;
}

/**
 * How many fragments after the first one a storyboard reads. Each takes two requests, and a clip may take 24
 * (`MAX_REQUESTS` in ranges.ts).
 */
const MAX_LATER_FRAGMENTS = 7;
/** How many of a clip's first key frames are looked at if the clip's moments lead to too few key frames. */
const MAX_LISTED_KEY_FRAMES = 64;
const METADATA_ONLY = { metadataOnly: true };

/**
 * Fetches the key frames of a storyboard, in the order of their times. Returns `[]` if the clip has too few of them, or
 * if they cost more than the limit.
 * @param maxBytes returns how many more bytes may be fetched
 * @param smallReadBytes what a frame costs at least
 * @throws PartialReadError, MediaUnreadable, and the errors of `source`
 */
export async function fetchStoryboardFrames(
  clip: OpenClip,
  source: ByteSource,
  facts: MediaFacts,
  { maxBytes, smallReadBytes }: { maxBytes: () => number; smallReadBytes: number },
): Promise<FetchedFrame[]> {
  const opened: OpenClip[] = [];
  try {
    const frames = clip.moov.isFragmented
      ? await framesOfFragments(clip, source, opened)
      : await framesOfMoments(clip, facts);
    const chosen = fitInto(inOrder(frames), maxBytes(), ({ packet }) =>
      Math.max(packet.byteLength, smallReadBytes),
    );
    const fetched: FetchedFrame[] = [];
    // Mediabunny reads on from its last read if the next read begins less than 128 KB later, and so would fetch bytes
    // that nobody needs. It doesn't do so backwards.
    for (const frame of chosen.toReversed()) {
      const packet = await fetchKeyFrame(frame.clip, frame.packet);
      if (packet === null) continue;
      if (!(await isIndependent(clip, packet))) return [];
      fetched.unshift({ packet, atSeconds: frame.atSeconds });
    }
    return fetched.length < MIN_FRAMES ? [] : fetched;
  } finally {
    for (const each of opened) each.close();
  }
}

/** Returns the frames in the order of their times, without two frames of the same time. */
function inOrder(frames: readonly KeyFrame[]): KeyFrame[] {
  return [...frames]
    .sort((a, b) => a.atSeconds - b.atSeconds)
    .filter(({ atSeconds }, n, sorted) => n === 0 || atSeconds !== sorted[n - 1]?.atSeconds);
}

/** Finds the key frames of equally spread moments of a clip whose `moov` lists all frames. */
async function framesOfMoments(clip: OpenClip, facts: MediaFacts): Promise<KeyFrame[]> {
  const readable = clip.fragments.seconds || Infinity;
  const seconds = Math.min(facts.durationSeconds ?? Infinity, readable);
  const end = await endOfReadableFrames(clip);
  const found = new Map<number, KeyFrame>();
  if (seconds < Infinity) {
    for (const moment of momentsOf(seconds)) {
      const packet = await lastKeyPacket(clip, timestampAt(clip.shown, moment));
      const frame = shownFrame(clip, packet) ?? shownFrame(clip, await nextKey(clip, packet));
      if (frame !== null && frame.packet.timestamp < end) found.set(frame.packet.timestamp, frame);
    }
  }
  if (found.size < MIN_WANTED_FRAMES) {
    const first = new Map<number, KeyFrame>();
    let packet = await clip.packets.getFirstKeyPacket(METADATA_ONLY);
    for (let n = 0; packet !== null && packet.timestamp < end && n < MAX_LISTED_KEY_FRAMES; n++) {
      const frame = shownFrame(clip, packet);
      if (frame !== null) first.set(packet.timestamp, frame);
      packet = await nextKey(clip, packet);
    }
    for (const time of spreadOut([...found.keys()], [...first.keys()], MIN_WANTED_FRAMES)) {
      const frame = found.get(time) ?? first.get(time);
      if (frame) found.set(time, frame);
    }
  }
  return [...found.values()];
}

/**
 * Finds the first key frames of the first fragment and of later fragments. The fragments that were opened are added to
 * `opened`.
 */
async function framesOfFragments(
  clip: OpenClip,
  source: ByteSource,
  opened: OpenClip[],
): Promise<KeyFrame[]> {
  const { moov, moovStart, fragments } = clip;
  const offsets = await laterFragments(source, {
    trackId: moov.video.id,
    moovEnd: moovStart + moov.bytes.length,
    end: fragments.end,
  });
  const views = [clip];
  if (offsets.length + 1 >= MIN_FRAMES) {
    for (const offset of new Set(pickEvenly(offsets, MAX_LATER_FRAGMENTS))) {
      const fragment = await openFragment(source, clip, offset).catch(ignoreUnreadable);
      if (fragment === null) continue;
      opened.push(fragment);
      views.push(fragment);
    }
  }
  const frames: KeyFrame[] = [];
  for (const view of views) {
    const frame = shownFrame(view, await view.packets.getFirstKeyPacket(METADATA_ONLY));
    if (frame !== null) frames.push(frame);
  }
  return frames.slice(0, MAX_FRAMES);
}

/**
 * True if a decoder shows the frame in its turn, whichever key frames come before it. H.264 has key frames that are no
 * IDR pictures: ffmpeg decodes them, but sorts them by numbers that have no meaning across a cut. Only a few encoders
 * write them, such as x264 with open groups of pictures.
 */
async function isIndependent({ track }: OpenClip, { data }: EncodedPacket): Promise<boolean> {
  if ((await track.getCodec()) !== 'avc') return true;
  const { description } = (await track.getDecoderConfig()) as { description?: Uint8Array };
  return containsKeyPicture('avc', description, data);
}

function nextKey({ packets }: OpenClip, packet: EncodedPacket): Promise<EncodedPacket | null> {
  return packets.getNextKeyPacket(packet, METADATA_ONLY);
}

/** Returns null if the edit list hides the frame, or if the frame is too large. */
function shownFrame(clip: OpenClip, packet: EncodedPacket | null): KeyFrame | null {
  if (packet === null || packet.byteLength > MAX_FRAME_BYTES) return null;
  const atSeconds = secondsShownAt(clip.shown, packet.timestamp);
  if (atSeconds === null || !isShown(clip.shown, packet.timestamp)) return null;
  return { clip, packet, atSeconds };
}
