import { mediaUnreadable } from '../errors.ts';
import { blank, type Box, boxesIn, nameAt, viewOf } from './boxes.ts';
import { NotSparse } from './not-sparse.ts';
import { emptyTrack, readTable, type Track } from './scan-tables.ts';

/** What `moov` says, as far as we asked it. */
export interface Scanned {
  /** `moov` with the one video track and what it takes to read that; all else is blanked out. */
  moov: Uint8Array;
  video: Track;
  tracks: readonly Track[];
  hasAudio: boolean;
  /** Its frames are in fragments, which follow `moov`. */
  fragmented: boolean;
  /** Seconds; 0 where it says none. */
  durationSeconds: number;
  /** Seconds since 1904; 0 where it says none. */
  createdAt: number;
}

interface Scan {
  view: DataView;
  tracks: Track[];
  track: Track | null;
  mvex: boolean;
  timescale: number;
  duration: number;
  createdAt: number;
  boxes: number;
}

const MAX_BOXES = 20_000;
/** Boxes that hold boxes. They name their children themselves, so none can stand within its own kind. */
const CHILDREN: Record<string, readonly string[]> = {
  moov: ['mvhd', 'trak', 'mvex', 'cmov'],
  trak: ['tkhd', 'edts', 'mdia'],
  edts: ['elst'],
  mdia: ['mdhd', 'hdlr', 'minf'],
  minf: ['dinf', 'stbl'],
  dinf: ['dref'],
  stbl: ['stsd', 'stts', 'ctts', 'stss', 'stsz', 'stsc', 'stco', 'co64'],
  mvex: ['mehd', 'trex'],
};
/** Of a picture's sample entry: the decoder's settings, colours, pixel aspect. */
const ENTRY_CHILDREN = ['avcC', 'hvcC', 'vpcC', 'av1C', 'colr', 'pasp'];

/**
 * Looks through a stranger's `moov` before anything else parses it: which track is the video, and
 * whether every table has the entries that it announces. Returns a copy in which only boxes that we
 * know are left (no tags of place, device or author; no other tracks), so that what parses it later
 * meets no box that was not checked here.
 * @throws MediaUnreadable (no video, compressed `moov`), NotSparse
 */
export function scanMoov(bytes: Uint8Array): Scanned {
  const moov = bytes.slice();
  const scan: Scan = {
    ...{ view: viewOf(moov), tracks: [], track: null, mvex: false },
    ...{ timescale: 0, duration: 0, createdAt: 0, boxes: 0 },
  };
  const [top] = boxesIn(scan.view, 0, moov.length);
  if (top?.name !== 'moov') throw new NotSparse('structure', 'no moov');
  walk(scan, top);
  const videos = scan.tracks.filter(({ handler }) => handler === 'vide');
  if (videos.length === 0) throw mediaUnreadable('the file holds no video');
  const video = videos.find(({ samples }) => samples > 0) ?? (scan.mvex ? videos[0] : undefined);
  if (!video) throw new NotSparse('no-key-frame', 'no frames');
  for (const track of scan.tracks) if (track !== video) blank(scan.view, track.box);
  // Half of its frames here and half in fragments is what neither Mediabunny nor we put together.
  if (scan.mvex && video.samples > 0) throw new NotSparse('fragments', 'moov has frames as well');
  return {
    ...{ moov, video, tracks: scan.tracks, fragmented: scan.mvex, createdAt: scan.createdAt },
    hasAudio: scan.tracks.some(({ handler }) => handler === 'soun'),
    durationSeconds: scan.timescale > 0 ? scan.duration / scan.timescale : 0,
  };
}

function walk(scan: Scan, parent: Box): void {
  for (const box of boxesIn(scan.view, parent.contentStart, parent.end)) {
    scan.boxes += 1;
    if (scan.boxes > MAX_BOXES) throw new NotSparse('structure', 'very many boxes');
    if (!CHILDREN[parent.name]?.includes(box.name)) {
      blank(scan.view, box);
    } else if (box.name === 'trak') {
      scan.track = emptyTrack(box);
      scan.tracks.push(scan.track);
      walk(scan, box);
      scan.track = null;
    } else if (box.name in CHILDREN) {
      if (box.name === 'mvex') scan.mvex = true;
      // Every writer puts the handler first, and what tables mean depends on it.
      if (box.name === 'minf' && scan.track?.handler === '')
        throw new NotSparse('structure', 'a track of no kind');
      walk(scan, box);
    } else {
      readLeaf(scan, box);
    }
  }
}

function readLeaf(scan: Scan, box: Box): void {
  const { view, track } = scan;
  if (box.name === 'cmov')
    throw mediaUnreadable('the file is compressed in a way that is not read');
  if (box.name === 'mvhd') {
    need(box, 100);
    const long = view.getUint8(box.contentStart) === 1;
    if (long) need(box, 112);
    const at = box.contentStart + 4;
    scan.createdAt = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    scan.timescale = view.getUint32(at + (long ? 16 : 8));
    scan.duration = long ? Number(view.getBigUint64(at + 20)) : view.getUint32(at + 12);
  } else if (track && box.name === 'hdlr') {
    need(box, 12);
    if (track.handler !== '') throw new NotSparse('structure', 'a track of two kinds');
    track.handler = nameAt(view, box.contentStart + 8);
  } else if (track?.handler === 'vide' && box.name === 'stsd') {
    readEntries(view, box, track);
  } else if (track?.handler === 'vide' && box.name === 'dref') {
    requireOwnData(view, box);
  } else if (box.name === 'trex') {
    need(box, 24);
    const id = view.getUint32(box.contentStart + 4);
    const of = scan.tracks.find((one) => one.id === id);
    if (of) of.frameDuration = view.getUint32(box.contentStart + 12);
  } else if (track) {
    readTable(view, box, track);
  }
}

/** A track's frames may stand in another file, which none but an editor has (ISO/IEC 14496-12, 8.7.2). */
function requireOwnData(view: DataView, box: Box): void {
  need(box, 8);
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    need(entry, 4);
    const isOwn = (view.getUint32(entry.contentStart) & 1) === 1;
    if (!isOwn) throw mediaUnreadable('the pictures of the file are said to be in another file');
  }
}

/** Blanks what we don't know within the sample entries of the video. */
function readEntries(view: DataView, box: Box, track: Track): void {
  need(box, 8);
  const announced = view.getUint32(box.contentStart + 4);
  const entries = [...boxesIn(view, box.contentStart + 8, box.end)];
  if (announced !== entries.length || announced === 0 || announced > 8)
    throw new NotSparse('structure', 'sample entries are missing');
  for (const entry of entries) {
    need(entry, 78);
    track.entries.push(entry.name);
    for (const child of boxesIn(view, entry.contentStart + 78, entry.end))
      if (!ENTRY_CHILDREN.includes(child.name)) blank(view, child);
  }
}

/** @throws NotSparse where a box has less than `length` bytes */
function need(box: Box, length: number): void {
  if (box.end - box.contentStart < length)
    throw new NotSparse('structure', `${box.name} is too short`);
}
