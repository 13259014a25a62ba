import { type Box, durationAt } from './boxes.ts';
import { NotSparse } from '../fallback.ts';

/** A track, as far as its tables tell. */
export interface Track {
  box: Box;
  /** Names of the tables and headers that were read. */
  read: Set<string>;
  id: number;
  /** `vide`, `soun`, or what else its handler says. */
  handler: string;
  timescale: number;
  /** In its timescale. */
  duration: number;
  /** Announced by its sizes. */
  samples: number;
  /** Announced by its times, and how long they are together. */
  timedSamples: number;
  timedDuration: number;
  /** Announced by the shifts from decoding to showing. */
  shiftedSamples: number;
  /** Of a frame in a fragment that says none itself. */
  frameDuration: number;
}

/** Frames of a video: 80 minutes at 60 a second. With so many, parsing keeps a core for 0.1 s. */
const MAX_SAMPLES = 300_000;
/** Entries of no frames, which say nothing but take as long: some writers leave one at the end. */
const MAX_EMPTY_ENTRIES = 1000;

export const emptyTrack = (box: Box): Track => ({
  ...{ box, read: new Set<string>(), id: 0, handler: '', timescale: 0, duration: 0 },
  ...{ samples: 0, timedSamples: 0, timedDuration: 0, shiftedSamples: 0, frameDuration: 0 },
});

/** Bytes before the entries (version and flags included), and of each. */
const TABLES: Record<string, readonly [header: number, entry: number]> = {
  stts: [8, 8],
  ctts: [8, 8],
  stss: [8, 4],
  stsz: [12, 4],
  stsc: [8, 12],
  stco: [8, 4],
  co64: [8, 8],
};

/**
 * Reads a table of a track, or a header of it, and refuses one whose numbers would make a reader loop
 * or allocate: entries that aren't there or say nothing, a second table of a kind, frames without end. Sound's tables are left alone, for
 * nobody reads them.
 * @throws NotSparse
 */
export function readTable(view: DataView, box: Box, track: Track): void {
  const at = box.contentStart;
  const length = box.end - at;
  const need = (bytes: number): void => {
    if (length < bytes) throw new NotSparse('structure', `${box.name} is too short`);
  };
  if (track.read.has(box.name)) throw new NotSparse('structure', `${box.name} comes twice`);
  track.read.add(box.name);
  if (box.name === 'tkhd') {
    need(84);
    const long = view.getUint8(at) === 1;
    if (long) need(96);
    track.id = view.getUint32(at + (long ? 20 : 12));
  } else if (box.name === 'mdhd') {
    need(24);
    const long = view.getUint8(at) === 1;
    if (long) need(36);
    track.timescale = view.getUint32(at + (long ? 20 : 12));
    track.duration = durationAt(view, at + (long ? 24 : 16), long);
  } else if (box.name === 'elst') {
    need(8);
    need(8 + bounded(view.getUint32(at + 4)) * (view.getUint8(at) === 1 ? 20 : 12));
  } else if (track.handler !== 'soun') {
    const table = TABLES[box.name];
    if (!table) return;
    const [header, entry] = table;
    need(header);
    readEntries(view, box, track, { from: at + header, entry, need });
  }
}

function readEntries(
  view: DataView,
  box: Box,
  track: Track,
  { from, entry, need }: { from: number; entry: number; need: (bytes: number) => void },
): void {
  const header = from - box.contentStart;
  const count = view.getUint32(from - 4);
  if (box.name === 'stsz') {
    // One size for all of them takes no table.
    if (view.getUint32(from - 8) === 0) need(header + count * entry);
    track.samples = bounded(track.samples + count);
    return;
  }
  need(header + bounded(count) * entry);
  if (!['stts', 'ctts', 'stsc'].includes(box.name)) return;
  let empty = 0;
  for (let n = 0; n < count; n++) {
    const at = from + n * entry;
    const samples = view.getUint32(box.name === 'stsc' ? at + 4 : at);
    if (samples === 0) empty += 1;
    if (empty > MAX_EMPTY_ENTRIES)
      throw new NotSparse('structure', `${box.name} has very many entries that say nothing`);
    if (box.name === 'stts') {
      track.timedSamples = bounded(track.timedSamples + samples);
      track.timedDuration += samples * view.getUint32(at + 4);
    } else if (box.name === 'ctts') {
      track.shiftedSamples = bounded(track.shiftedSamples + samples);
    } else {
      // Readers walk a chunk from its first frame.
      bounded(samples);
    }
  }
}

function bounded(samples: number): number {
  if (samples > MAX_SAMPLES) throw new NotSparse('limits', 'very many frames');
  return samples;
}
