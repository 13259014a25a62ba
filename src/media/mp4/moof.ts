import { mediaUnreadable } from '../../errors.ts';
import { PartialReadError } from '../fallback.ts';
import { blank, type Box, boxCounter, boxesIn, requireContent, viewOf } from './boxes.ts';
import type { Track } from './tables.ts';

// A fragment's index is a `moof` box. The box contains `traf` boxes, which contain `tfhd` and `trun` boxes. The flags
// of `tfhd` and `trun` say which of their fields are present (ISO/IEC 14496-12, 8.8.7 and 8.8.8).

/** The frames of a track in the fragments that were read. */
export interface Timing {
  frames: number;
  /** The sum of the frames' durations. */
  ticks: number;
  /** When the first of these frames is decoded (`tfdt`), in ticks; null if the fragments give no time. */
  startTicks: number | null;
}

/** The facts in a fragment's index. */
export interface CheckedMoof {
  timings: Map<Track, Timing>;
  /** The tracks whose frames in this fragment are encrypted. */
  encrypted: Set<Track>;
}

/** The track of a `traf`, and the default duration of its frames, in ticks. */
interface TrackPart {
  track: Track | undefined;
  frameDuration: number;
  isEncrypted: boolean;
}

/** The most frames in one fragment. */
const MAX_FRAMES = 20_000;
/** The most boxes in one fragment. A recorder writes three boxes for each track, plus a few runs. */
const MAX_BOXES = 4000;
/** The most parts (`traf`) in one fragment. For each part, Mediabunny sorts all earlier frames. */
const MAX_TRACK_PARTS = 16;

/**
 * Checks a fragment's index, and blanks the boxes in it that are not needed.
 * @throws PartialReadError, MediaUnreadable
 */
export function checkMoof(bytes: Uint8Array, tracks: ReadonlyMap<number, Track>): CheckedMoof {
  const view = viewOf(bytes);
  const countBox = boxCounter(MAX_BOXES);
  const timings = new Map<Track, Timing>();
  const encrypted = new Set<Track>();
  let frames = 0;
  let parts = 0;
  for (const moof of boxesIn(view, 0, bytes.length)) {
    for (const traf of keepChildren(view, moof, ['mfhd', 'traf'], countBox)) {
      if (traf.name !== 'traf') continue;
      parts += 1;
      if (parts > MAX_TRACK_PARTS)
        throw new PartialReadError('limits', 'a fragment has too many parts');
      let part: TrackPart = { track: undefined, frameDuration: 0, isEncrypted: false };
      let startTicks: number | null = null;
      for (const box of keepChildren(view, traf, ['tfhd', 'tfdt', 'trun'], countBox)) {
        if (box.name === 'tfhd') part = readPartHeader(view, box, tracks);
        if (box.name === 'tfdt') startTicks = readStart(view, box);
        if (box.name !== 'trun') continue;
        const run = readRun(view, box, part.frameDuration);
        frames += run.frames;
        if (frames > MAX_FRAMES)
          throw new PartialReadError('limits', 'a fragment has too many frames');
        const { track } = part;
        if (!track) continue;
        if (part.isEncrypted) encrypted.add(track);
        addTiming(timings, track, { frames: run.frames, ticks: run.duration, startTicks });
      }
    }
  }
  return { timings, encrypted };
}

/** Adds the frames of a track to its earlier frames. */
export function addTiming(timings: Map<Track, Timing>, track: Track, added: Timing): void {
  const earlier = timings.get(track);
  timings.set(track, {
    frames: (earlier?.frames ?? 0) + added.frames,
    ticks: (earlier?.ticks ?? 0) + added.ticks,
    startTicks: earlier ? earlier.startTicks : added.startTicks,
  });
}

/** Reads when a fragment's first frame is decoded (ISO/IEC 14496-12, 8.8.12), in ticks. */
function readStart(view: DataView, box: Box): number {
  requireContent(box, 8);
  const isLong = view.getUint8(box.contentStart) === 1;
  if (isLong) requireContent(box, 12);
  return isLong
    ? Number(view.getBigUint64(box.contentStart + 4))
    : view.getUint32(box.contentStart + 4);
}

/** Yields the children with these names, and blanks the others. */
function* keepChildren(
  view: DataView,
  parent: Box,
  names: readonly string[],
  countBox: () => void,
): Generator<Box> {
  for (const box of boxesIn(view, parent.contentStart, parent.end)) {
    countBox();
    if (names.includes(box.name)) yield box;
    else blank(view, box);
  }
}

function readPartHeader(view: DataView, box: Box, tracks: ReadonlyMap<number, Track>): TrackPart {
  requireContent(box, 8);
  const track = tracks.get(view.getUint32(box.contentStart + 4));
  const hasFlag = flagReader(view, box);
  let at = 8 + (hasFlag(0x1) ? 8 : 0);
  const next = (): number => {
    requireContent(box, at + 4);
    at += 4;
    return view.getUint32(box.contentStart + at - 4);
  };
  const entry = hasFlag(0x2) ? next() : (track?.defaultEntry ?? 0);
  const frameDuration = hasFlag(0x8) ? next() : (track?.frameDuration ?? 0);
  return { track, frameDuration, isEncrypted: track?.entries[entry - 1]?.isEncrypted === true };
}

/**
 * Returns how many frames a run has, and their total duration in ticks.
 * @throws PartialReadError if the run has fewer frames than it declares, which would make a reader loop, and
 * MediaUnreadable if the frames come before the fragment's index
 */
function readRun(
  view: DataView,
  box: Box,
  frameDuration: number,
): { frames: number; duration: number } {
  requireContent(box, 8);
  const hasFlag = flagReader(view, box);
  const frames = view.getUint32(box.contentStart + 4);
  const at = 8 + (hasFlag(0x1) ? 4 : 0) + (hasFlag(0x4) ? 4 : 0);
  const entryBytes = [0x100, 0x200, 0x400, 0x800].filter(hasFlag).length * 4;
  requireContent(box, at + frames * entryBytes);
  if (hasFlag(0x1) && view.getInt32(box.contentStart + 8) < 0)
    throw mediaUnreadable('a fragment of the file refers to frames that come before the fragment');
  if (!hasFlag(0x100)) return { frames, duration: frames * frameDuration };
  let duration = 0;
  for (let n = 0; n < frames; n++)
    duration += view.getUint32(box.contentStart + at + n * entryBytes);
  return { frames, duration };
}

/** Returns a function that says whether a flag of the box is set. */
function flagReader(view: DataView, box: Box): (flag: number) => boolean {
  const flags = view.getUint32(box.contentStart) & 0xff_ff_ff;
  return (flag) => (flags & flag) !== 0;
}
