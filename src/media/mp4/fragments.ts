import { mediaUnreadable } from '../../errors.ts';
import type { Patch } from '../bytes/patched.ts';
import type { ByteSource } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { type Box, boxesIn, readBoxHeader, requireContent, viewOf } from './boxes.ts';
import { addTiming, type CheckedMoof, checkMoof, type Timing } from './moof.ts';
import type { CheckedMoov } from './moov.ts';
import type { Track } from './tables.ts';

/** The first fragments of a file, after they were checked. */
export interface Fragments {
  /** The fragments' indexes, with only the boxes that are needed. */
  patches: Patch[];
  /** The offset where the last of these fragments ends, including its frames. */
  end: number;
  /** The duration of these fragments, in seconds. */
  seconds: number;
  /** True if the file has no fragments besides these. */
  isComplete: boolean;
  /** The duration of all fragments of the file, in seconds; 0 if it is unknown. */
  totalSeconds: number;
  /** The frames of the video in these fragments. */
  timing: Timing | null;
}

/** How many fragments are read at first. Reading a fragment takes one request. */
export const MAX_FRAGMENTS = 6;
const MAX_TOP_BOXES = 24;
/** The largest `moof` or `sidx` that is read, in bytes. */
const MAX_INDEX_BYTES = 512 * 1024;
/**
 * A `sidx` that covers at least this part of the file counts as covering all fragments, because a small index may
 * follow the fragments.
 */
const MIN_COVERED = 0.99;

/**
 * A reference from a `sidx` (an index of fragments) to another `sidx` of 0 bytes. The highest bit marks a `sidx`, and
 * the other bits are the size in bytes.
 */
const TO_EMPTY_INDEX = 0x80_00_00_00;
const SIZE_BITS = 0x7f_ff_ff_ff;
const REFERENCE_BYTES = 12;

/**
 * Reads and checks at most `maxFragments` fragments that start at `from`, after `moov`. If only the first of them are
 * not encrypted, the others are left out.
 * @throws PartialReadError, MediaUnreadable, and the errors of `source`
 */
export async function checkFragments(
  source: ByteSource,
  from: number,
  { tracks, video, traits }: CheckedMoov,
  maxFragments: number,
): Promise<Fragments> {
  const tracksById = tracksWithTimes(tracks);
  const timings = new Map<Track, Timing>();
  const patches: Patch[] = [];
  let at = from;
  let end = from;
  let isComplete = true;
  let indexedSeconds = 0;
  for (let boxes = 0; boxes < MAX_TOP_BOXES && source.size - at >= 16; boxes++) {
    const header = readBoxHeader(viewOf(await source.read(at, at + 16)), 0, 16);
    const length = header.length ?? source.size - at;
    if (length < header.headerBytes || at + length > source.size) break;
    // A file can have more than one sidx, for example one for each fragment. Keep the longest duration.
    if (header.name === 'sidx' && length <= MAX_INDEX_BYTES)
      indexedSeconds = Math.max(indexedSeconds, await secondsOfIndex(source, at, at + length));
    if (header.name === 'moof') {
      isComplete = patches.length < maxFragments;
      if (!isComplete) break;
      const { bytes, moof } = await readMoof(source, at, length, tracksById);
      isComplete = traits.isEncrypted || !moof.encrypted.has(video);
      if (!isComplete) break;
      for (const [track, timing] of moof.timings) addTiming(timings, track, timing);
      patches.push({ start: at, bytes });
    }
    at += length;
    if (header.name === 'mdat') end = at;
    // To find the next fragment would take a request. Whoever reads only one fragment does not need to know of others.
    isComplete = !(header.name === 'mdat' && maxFragments === 1 && patches.length === 1);
    if (!isComplete) break;
  }
  if (patches.length === 0 && !isComplete) throw mediaUnreadable('the video is encrypted');
  if (patches.length === 0 || end === from)
    throw new PartialReadError('fragments', 'the file contains no fragments');
  const isWholeFile = isComplete && source.size - at < 16;
  const seconds = longestSeconds(timings);
  return {
    patches: patches.filter(({ start }) => start < end),
    end,
    seconds,
    isComplete: isWholeFile,
    totalSeconds: isWholeFile ? seconds : indexedSeconds,
    timing: timings.get(video) ?? null,
  };
}

function tracksWithTimes(tracks: readonly Track[]): Map<number, Track> {
  const timed = tracks.filter(({ timescale }) => timescale > 0);
  return new Map(timed.map((track) => [track.id, track]));
}

async function readMoof(
  source: ByteSource,
  at: number,
  length: number,
  tracks: ReadonlyMap<number, Track>,
): Promise<{ bytes: Uint8Array; moof: CheckedMoof }> {
  if (length > MAX_INDEX_BYTES)
    throw new PartialReadError('limits', 'the index of a fragment is too large');
  const bytes = new Uint8Array(await source.read(at, at + length));
  return { bytes, moof: checkMoof(bytes, tracks) };
}

function longestSeconds(timings: ReadonlyMap<Track, Timing>): number {
  return Math.max(0, ...[...timings].map(([{ timescale }, { ticks }]) => ticks / timescale));
}

/**
 * True if a fragment follows `moov`. Some writers announce fragments (`mvex`), but write none.
 * @throws PartialReadError, and the errors of `source`
 */
export async function hasFragments(source: ByteSource, from: number): Promise<boolean> {
  let at = from;
  for (let boxes = 0; boxes < MAX_TOP_BOXES && source.size - at >= 16; boxes++) {
    const { name, headerBytes, length } = readBoxHeader(
      viewOf(await source.read(at, at + 16)),
      0,
      16,
    );
    if (name === 'moof') return true;
    if (length === null || length < headerBytes) return false;
    at += length;
  }
  return false;
}

/** Returns the duration, in seconds, from the `sidx` at `start`, or 0 if the `sidx` does not cover all fragments. */
async function secondsOfIndex(source: ByteSource, start: number, end: number): Promise<number> {
  const view = viewOf(await source.read(start, end));
  const [box] = boxesIn(view, 0, view.byteLength);
  if (!box) return 0;
  const { coveredBytes, seconds } = readIndex(view, box);
  return end + coveredBytes > MIN_COVERED * source.size ? seconds : 0;
}

/** The content of a `sidx` (ISO/IEC 14496-12, 8.16.3). */
interface References {
  /** How many bytes are between the end of the `sidx` and the first fragment. */
  firstOffset: number;
  timescale: number;
  /** The first number is a size in bytes; its highest bit marks a reference to another `sidx`. The duration is in ticks. */
  references: { reference: number; duration: number }[];
}

/** @throws PartialReadError if the `sidx` is too short */
export function readReferences(view: DataView, box: Box): References {
  requireContent(box, 4);
  const isLong = view.getUint8(box.contentStart) !== 0;
  const headerBytes = isLong ? 32 : 24;
  requireContent(box, headerBytes);
  const from = box.contentStart + headerBytes;
  const count = view.getUint16(from - 2);
  requireContent(box, headerBytes + count * REFERENCE_BYTES);
  return {
    firstOffset: isLong ? Number(view.getBigUint64(from - 12)) : view.getUint32(from - 8),
    timescale: view.getUint32(box.contentStart + 8),
    references: Array.from({ length: count }, (_, n) => ({
      reference: view.getUint32(from + n * REFERENCE_BYTES),
      duration: view.getUint32(from + n * REFERENCE_BYTES + 4),
    })),
  };
}

/**
 * Reads how many bytes and seconds a `sidx` covers, counted from the end of the `sidx` (ISO/IEC 14496-12, 8.16.3).
 * @throws MediaUnreadable if the `sidx` refers to itself, which makes readers loop, and PartialReadError if the `sidx`
 * is too short
 */
function readIndex(view: DataView, box: Box): { coveredBytes: number; seconds: number } {
  const { firstOffset, timescale, references } = readReferences(view, box);
  let coveredBytes = firstOffset;
  let ticks = 0;
  for (const { reference, duration } of references) {
    if (reference === TO_EMPTY_INDEX)
      throw mediaUnreadable("the file's index of fragments (sidx) refers to itself");
    coveredBytes += reference & SIZE_BITS;
    ticks += duration;
  }
  return { coveredBytes, seconds: timescale > 0 ? ticks / timescale : 0 };
}
