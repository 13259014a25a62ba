import { mediaUnreadable } from '../../errors.ts';
import { type Box, requireContent } from './boxes.ts';
import type { Track } from './tables.ts';

// `tfhd` and `trun` have fields that are there or not, as their flags say (ISO/IEC 14496-12, 8.8.7 and 8.8.8).

const flagsAt = (view: DataView, box: Box): ((flag: number) => boolean) => {
  const flags = view.getUint32(box.contentStart) & 0xff_ff_ff;
  return (flag) => (flags & flag) !== 0;
};

/** Whose frames a fragment holds, and how long one is that says nothing else, in the track's timescale. */
export function headerOf(
  view: DataView,
  box: Box,
  tracks: ReadonlyMap<number, Track>,
): { track: Track | undefined; frameDuration: number } {
  requireContent(box, 8);
  const track = tracks.get(view.getUint32(box.contentStart + 4));
  const has = flagsAt(view, box);
  if (!has(0x8)) return { track, frameDuration: track?.frameDuration ?? 0 };
  const at = 8 + (has(0x1) ? 8 : 0) + (has(0x2) ? 4 : 0);
  requireContent(box, at + 4);
  return { track, frameDuration: view.getUint32(box.contentStart + at) };
}

/**
 * How many frames a run has, and how long they are together.
 * @throws NotSparse where the run has fewer than it says, which would make a reader loop, and
 * MediaUnreadable where they stand before their own index
 */
export function readRun(
  view: DataView,
  box: Box,
  frameDuration: number,
): { frames: number; duration: number } {
  requireContent(box, 8);
  const has = flagsAt(view, box);
  const frames = view.getUint32(box.contentStart + 4);
  const at = 8 + (has(0x1) ? 4 : 0) + (has(0x4) ? 4 : 0);
  const entry = [0x100, 0x200, 0x400, 0x800].filter(has).length * 4;
  requireContent(box, at + frames * entry);
  if (has(0x1) && view.getInt32(box.contentStart + 8) < 0)
    throw mediaUnreadable('the pictures of a fragment are said to stand before it');
  if (!has(0x100)) return { frames, duration: frames * frameDuration };
  let duration = 0;
  for (let n = 0; n < frames; n++) duration += view.getUint32(box.contentStart + at + n * entry);
  return { frames, duration };
}
