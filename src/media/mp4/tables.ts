import { mediaUnreadable } from '../../errors.ts';
import { PartialReadError } from '../fallback.ts';
import { isQuarterTurn } from '../video/rotation.ts';
import { type Box, boxesIn, type CountedView, durationAt, requireContent } from './boxes.ts';
import { type Edit, readEdits, requireMaxEdits } from './edits.ts';
import type { SampleEntry } from '../video/sample-entries.ts';

/** The values in the tables and headers of one track. */
export interface Track {
  box: Box;
  /** The names of the tables and headers read so far. */
  read: Set<string>;
  id: number;
  /** True unless the track header says that players don't show the track. */
  isEnabled: boolean;
  /** The track's type: `vide` for video, `soun` for sound, or another name of four letters. */
  handler: string;
  /** Ticks per second. */
  timescale: number;
  /** The duration in ticks. */
  duration: number;
  /** How the frames are stored, in the order of `stsd`; empty if the track is not a video. */
  entries: SampleEntry[];
  /** The number of the sample entry of the first frames, starting at 1; 0 if `stsc` is empty. */
  leadEntry: number;
  /** How many frames come before the first frame with another sample entry; Infinity if no frame has another. */
  leadSamples: number;
  /** How many frames the table of sizes (`stsz`) has. */
  samples: number;
  /** How many frames the table of times (`stts`) has. */
  timedSamples: number;
  /** The duration of the frames in the table of times, in ticks. */
  timedDuration: number;
  /** How many frames the table of shifts from decoding time to display time (`ctts`) has. */
  shiftedSamples: number;
  /** The default duration of a frame, in ticks, for fragments that give no duration. */
  frameDuration: number;
  /** The number of the default sample entry, starting at 1, for fragments that name no entry. */
  defaultEntry: number;
  /** The edit list (`elst`), which says which parts of the track are shown. */
  edits: Edit[];
}

/**
 * The most frames in a table, which is enough for 80 minutes at 60 frames a second. Parsing the tables of so many
 * frames takes 0.1 s of CPU.
 */
const MAX_SAMPLES = 300_000;
/**
 * The maximum number of empty entries in a table. An entry without frames takes as long to parse as any other entry.
 * Some writers leave one empty entry at the end.
 */
const MAX_EMPTY_ENTRIES = 1000;
/** The flag of a track that players show (ISO/IEC 14496-12, 8.3.2). */
const TRACK_ENABLED = 1;
/** The number 1 in a matrix. */
const ONE = 0x1_00_00;

/**
 * For each table, `headerBytes` is the number of bytes before the first entry, including version and flags.
 * `entryBytes` is the size of each entry.
 */
const CHUNKS = { headerBytes: 8, entryBytes: 12 };
const TABLES: Record<string, { headerBytes: number; entryBytes: number }> = {
  stts: { headerBytes: 8, entryBytes: 8 },
  ctts: { headerBytes: 8, entryBytes: 8 },
  stss: { headerBytes: 8, entryBytes: 4 },
  stsz: { headerBytes: 12, entryBytes: 4 },
  stsc: CHUNKS,
  stco: { headerBytes: 8, entryBytes: 4 },
  co64: { headerBytes: 8, entryBytes: 8 },
};

export function newTrack(box: Box): Track {
  return {
    box,
    read: new Set(),
    id: 0,
    isEnabled: true,
    handler: '',
    timescale: 0,
    duration: 0,
    entries: [],
    leadEntry: 0,
    leadSamples: Infinity,
    samples: 0,
    timedSamples: 0,
    timedDuration: 0,
    shiftedSamples: 0,
    frameDuration: 0,
    defaultEntry: 0,
    edits: [],
  };
}

/**
 * Reads a table or a header of a track. Tables of sound tracks are skipped, because nothing reads them later.
 * @throws PartialReadError if the table would make a later reader loop or allocate too much memory. The reason can be
 * missing entries, empty entries, a second table of the same name, or too many frames
 */
export function readTable(view: DataView, box: Box, track: Track): void {
  const at = box.contentStart;
  if (track.read.has(box.name)) throw new PartialReadError('structure', `a second ${box.name}`);
  track.read.add(box.name);
  if (box.name === 'tkhd') {
    requireContent(box, 84);
    const isLong = view.getUint8(at) === 1;
    if (isLong) requireContent(box, 96);
    track.id = view.getUint32(at + (isLong ? 20 : 12));
    track.isEnabled = (view.getUint32(at) & TRACK_ENABLED) !== 0;
    removeSkew(view, at + (isLong ? 52 : 40));
  } else if (box.name === 'mdhd') {
    requireContent(box, 24);
    const isLong = view.getUint8(at) === 1;
    if (isLong) requireContent(box, 36);
    track.timescale = view.getUint32(at + (isLong ? 20 : 12));
    track.duration = durationAt(view, at + (isLong ? 24 : 16), isLong);
  } else if (box.name === 'elst') {
    requireContent(box, 8);
    const entryBytes = view.getUint8(at) === 1 ? 20 : 12;
    requireContent(box, 8 + requireMaxEdits(view.getUint32(at + 4)) * entryBytes);
    track.edits = readEdits(view, box);
  } else if (track.handler !== 'soun') {
    readEntries(view, box, track);
  }
}

function readEntries(view: DataView, box: Box, track: Track): void {
  const table = TABLES[box.name];
  if (!table) return;
  const { headerBytes, entryBytes } = table;
  requireContent(box, headerBytes);
  const from = box.contentStart + headerBytes;
  const count = view.getUint32(from - 4);
  if (box.name === 'stsz') {
    // If all frames have the same size, the table has no entries.
    const isTable = view.getUint32(from - 8) === 0;
    if (isTable) requireContent(box, headerBytes + count * entryBytes);
    track.samples = requireMaxSamples(track.samples + count);
    return;
  }
  requireContent(box, headerBytes + requireMaxSamples(count) * entryBytes);
  if (!['stts', 'ctts', 'stsc'].includes(box.name)) return;
  let empty = 0;
  for (let n = 0; n < count; n++) {
    const at = from + n * entryBytes;
    const samples = view.getUint32(box.name === 'stsc' ? at + 4 : at);
    if (samples === 0) empty += 1;
    if (empty > MAX_EMPTY_ENTRIES)
      throw new PartialReadError('structure', `${box.name} has too many empty entries`);
    if (box.name === 'stts') {
      track.timedSamples = requireMaxSamples(track.timedSamples + samples);
      track.timedDuration += samples * view.getUint32(at + 4);
    } else if (box.name === 'ctts') {
      track.shiftedSamples = requireMaxSamples(track.shiftedSamples + samples);
    } else {
      // Limit the number of frames in a chunk, because readers loop over all of these frames.
      requireMaxSamples(samples);
    }
  }
  if (box.name === 'stsc') readLead(view, from, count, track);
}

/** Finds the sample entry of the first frames, and how many frames come before the first frame with another entry. */
function readLead(view: DataView, from: number, count: number, track: Track): void {
  const { entryBytes } = CHUNKS;
  let samples = 0;
  for (let n = 0; n < count; n++) {
    const at = from + n * entryBytes;
    const entry = view.getUint32(at + 8);
    if (n === 0) track.leadEntry = entry;
    if (entry !== track.leadEntry) {
      track.leadSamples = samples;
      return;
    }
    const nextChunk = n + 1 < count ? view.getUint32(at + entryBytes) : 0;
    samples += Math.max(0, nextChunk - view.getUint32(at)) * view.getUint32(at + 4);
  }
}

/**
 * Replaces the rotation in a matrix by none, unless the rotation consists of quarter turns. Players ignore other
 * rotations, and the library would round them.
 * @param at the offset of the matrix, whose numbers are a, b, u, c, d, v, x, y, w (ISO/IEC 14496-12, 6.2.2)
 */
export function removeSkew(view: DataView, at: number): void {
  const radians = Math.atan2(view.getInt32(at + 4), view.getInt32(at));
  if (isQuarterTurn((radians * 180) / Math.PI)) return;
  view.setInt32(at, ONE);
  view.setInt32(at + 4, 0);
  view.setInt32(at + 12, 0);
  view.setInt32(at + 16, ONE);
}

function requireMaxSamples(samples: number): number {
  if (samples > MAX_SAMPLES) throw new PartialReadError('limits', 'too many frames');
  return samples;
}

/**
 * Checks that the track's frames are in this file (`dref`; ISO/IEC 14496-12, 8.7.2). Only editing programs put frames
 * in another file. If flag 1 ("in this file") of an entry is not set, the entry gives the location of another file.
 * Some writers set no flag and leave the location empty.
 * @throws MediaUnreadable if an entry refers to another file, PartialReadError if an entry is damaged
 */
export function requireOwnData({ view, countBox }: CountedView, box: Box): void {
  requireContent(box, 8);
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    countBox();
    requireContent(entry, 4);
    const isOwn = (view.getUint32(entry.contentStart) & 1) === 1;
    if (!isOwn && !isZero(view, entry.contentStart + 4, entry.end))
      throw mediaUnreadable('the file refers to video frames in another file');
  }
}

function isZero(view: DataView, from: number, to: number): boolean {
  return new Uint8Array(view.buffer, view.byteOffset + from, to - from).every((byte) => byte === 0);
}
