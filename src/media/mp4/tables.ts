import { mediaUnreadable } from '../../errors.ts';
import { PartialReadError } from '../fallback.ts';
import { blank, type Box, boxesIn, durationAt, requireContent } from './boxes.ts';
import { type Edit, readEdits, requireMaxEdits } from './edits.ts';

/** The values in the tables and headers of one track. */
export interface Track {
  box: Box;
  /** The names of the tables and headers read so far. */
  read: Set<string>;
  id: number;
  /** The track's type: `vide` for video, `soun` for sound, or another name of four letters. */
  handler: string;
  /** Ticks per second. */
  timescale: number;
  /** The duration in ticks. */
  duration: number;
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
  /** The edit list (`elst`), which says which parts of the track are shown. */
  edits: Edit[];
}

/**
 * The bytes of `moov`, and a function to call for each box. The function throws if there are too many boxes.
 */
interface CountedView {
  view: DataView;
  countBox: () => void;
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
/** The most sample entries. A video has one sample entry, or two if the decoder settings change. */
const MAX_SAMPLE_ENTRIES = 8;
/** How many bytes of a video's sample entry come before its boxes (ISO/IEC 14496-12, 12.1.3). */
const SAMPLE_ENTRY_BYTES = 78;
/** The boxes that are needed from a sample entry, which hold decoder settings, colours and the pixel aspect ratio. */
const SAMPLE_ENTRY_CHILDREN = ['avcC', 'hvcC', 'vpcC', 'av1C', 'colr', 'pasp'];

/**
 * For each table, `headerBytes` is the number of bytes before the first entry, including version and flags.
 * `entryBytes` is the size of each entry.
 */
const TABLES: Record<string, { headerBytes: number; entryBytes: number }> = {
  stts: { headerBytes: 8, entryBytes: 8 },
  ctts: { headerBytes: 8, entryBytes: 8 },
  stss: { headerBytes: 8, entryBytes: 4 },
  stsz: { headerBytes: 12, entryBytes: 4 },
  stsc: { headerBytes: 8, entryBytes: 12 },
  stco: { headerBytes: 8, entryBytes: 4 },
  co64: { headerBytes: 8, entryBytes: 8 },
};

export function newTrack(box: Box): Track {
  return {
    box,
    read: new Set(),
    id: 0,
    handler: '',
    timescale: 0,
    duration: 0,
    samples: 0,
    timedSamples: 0,
    timedDuration: 0,
    shiftedSamples: 0,
    frameDuration: 0,
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
}

function requireMaxSamples(samples: number): number {
  if (samples > MAX_SAMPLES) throw new PartialReadError('limits', 'too many frames');
  return samples;
}

/**
 * Checks the video's sample entries (`stsd`), and blanks the boxes in them that are not needed.
 * @throws PartialReadError if the number of entries differs from the declared count
 */
export function readSampleEntries({ view, countBox }: CountedView, box: Box): void {
  requireContent(box, 8);
  const announced = view.getUint32(box.contentStart + 4);
  let found = 0;
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    countBox();
    requireContent(entry, SAMPLE_ENTRY_BYTES);
    found += 1;
    for (const child of boxesIn(view, entry.contentStart + SAMPLE_ENTRY_BYTES, entry.end)) {
      countBox();
      if (!SAMPLE_ENTRY_CHILDREN.includes(child.name)) blank(view, child);
    }
  }
  if (found === 0 || found !== announced || found > MAX_SAMPLE_ENTRIES)
    throw new PartialReadError(
      'structure',
      'the number of sample entries is 0, too large or not the declared number',
    );
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
