import { blank, type Box, boxCounter, boxesIn, viewOf } from './boxes.ts';
import { headerOf, readRun } from './fragment-run.ts';
import { NotSparse } from '../fallback.ts';
import type { Track } from './tables.ts';

// Limits of one fragment.
const MAX_FRAMES = 20_000;
/** A recorder writes three for each track, and a run now and then. */
const MAX_BOXES = 4000;
/** For each of them a reader sorts all frames that came before. */
const MAX_TRACK_PARTS = 16;

/**
 * Checks the index of a fragment, blanks the boxes in it that we don't know, and adds to `durations` how
 * long its frames are.
 * @throws NotSparse, MediaUnreadable
 */
export function scanMoof(
  bytes: Uint8Array,
  tracks: ReadonlyMap<number, Track>,
  durations: Map<Track, number>,
): void {
  const view = viewOf(bytes);
  const countBox = boxCounter(MAX_BOXES);
  let [frames, parts] = [0, 0];
  for (const moof of boxesIn(view, 0, bytes.length)) {
    for (const traf of known(view, moof, ['mfhd', 'traf'], countBox)) {
      if (traf.name !== 'traf') continue;
      parts += 1;
      if (parts > MAX_TRACK_PARTS) throw new NotSparse('limits', 'a fragment of very many parts');
      let header: ReturnType<typeof headerOf> = { track: undefined, frameDuration: 0 };
      for (const box of known(view, traf, ['tfhd', 'tfdt', 'trun'], countBox)) {
        if (box.name === 'tfhd') header = headerOf(view, box, tracks);
        if (box.name !== 'trun') continue;
        const run = readRun(view, box, header.frameDuration);
        frames += run.frames;
        if (frames > MAX_FRAMES) throw new NotSparse('limits', 'a fragment of very many frames');
        const { track } = header;
        if (track) durations.set(track, (durations.get(track) ?? 0) + run.duration);
      }
    }
  }
}

/** The boxes in `parent` of these names; the others are blanked. */
function* known(
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
