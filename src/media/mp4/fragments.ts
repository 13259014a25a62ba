import { boxesIn, nameAt, viewOf } from './boxes.ts';
import type { ByteSource } from '../bytes/source.ts';
import { NotSparse } from '../fallback.ts';
import type { Patch } from '../bytes/patched.ts';
import type { Track } from './tables.ts';
import { readIndex } from './scan-index.ts';
import { scanMoof } from './moof.ts';

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
