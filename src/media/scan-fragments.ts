import { blank, type Box, boxCounter, boxesIn, nameAt, viewOf } from './boxes.ts';
import type { ByteSource } from './byte-source.ts';
import { NotSparse } from './not-sparse.ts';
import { headerOf, readRun } from './fragment-run.ts';
import type { Patch } from './patched-source.ts';
import type { Track } from './scan-tables.ts';
import { readIndex } from './segment-index.ts';

/** The first fragments of a file, checked and with only the boxes left that we know. */
export interface Fragments {
  patches: Patch[];
  /** Where the last of them ends, its frames included. */
  end: number;
  /** How long they are. */
  seconds: number;
  /** How long all are, those that follow included; 0 where that isn't known. */
  totalSeconds: number;
}

/** Candidates come out of the first ones, since finding others would take a request for each. */
const MAX_FRAGMENTS = 6;
const MAX_TOP_BOXES = 24;
/** Behind the last fragment a small index may stand. */
const MOST = 0.99;
const MAX_MOOF_BYTES = 512 * 1024;
const MAX_FRAMES = 20_000;
/** Of an index: a recorder writes three for each track, and a run now and then. */
const MAX_BOXES = 4000;
/** Of an index; for each of them a reader sorts all frames that came before. */
const MAX_TRACK_PARTS = 16;

/**
 * Reads the fragments that follow `moov`, from `from` on.
 * @throws NotSparse, and what `source` throws
 */
export async function scanFragments(
  source: ByteSource,
  from: number,
  tracks: readonly Track[],
): Promise<Fragments> {
  const byId = new Map(
    tracks.filter(({ timescale }) => timescale > 0).map((track) => [track.id, track]),
  );
  const durations = new Map<Track, number>();
  const patches: Patch[] = [];
  let at = from;
  let end = from;
  let complete = true;
  let indexed = 0;
  for (let boxes = 0; boxes < MAX_TOP_BOXES && source.size - at >= 16; boxes++) {
    const header = viewOf(await source.read(at, at + 16));
    const [small, name] = [header.getUint32(0), nameAt(header, 4)];
    const length = small === 1 ? Number(header.getBigUint64(8)) : small || source.size - at;
    if (length < 8 || at + length > source.size) break;
    if (name === 'sidx' && length <= MAX_MOOF_BYTES) {
      const view = viewOf(await source.read(at, at + length));
      for (const box of boxesIn(view, 0, length)) {
        const index = readIndex(view, box);
        // Some files have one for each fragment.
        const coversAll = at + length + index.bytes > MOST * source.size;
        if (coversAll) indexed = Math.max(indexed, index.seconds);
      }
    }
    if (name === 'moof') {
      complete = patches.length < MAX_FRAGMENTS;
      if (!complete) break;
      if (length > MAX_MOOF_BYTES) throw new NotSparse('limits', 'a fragment has a large index');
      const bytes = (await source.read(at, at + length)).slice();
      scanMoof(bytes, byId, durations);
      patches.push({ start: at, bytes });
    }
    at += length;
    if (name === 'mdat') end = at;
  }
  if (patches.length === 0 || end === from) throw new NotSparse('fragments', 'none');
  const seconds = Math.max(0, ...[...durations].map(([{ timescale }, ticks]) => ticks / timescale));
  return {
    ...{ patches: patches.filter(({ start }) => start < end), end, seconds },
    totalSeconds: complete && source.size - at < 16 ? seconds : indexed,
  };
}

function scanMoof(
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
