import { mediaUnreadable } from '../errors.ts';
import { blank, type Box, boxesIn, nameAt, requireContent } from './boxes.ts';
import { NotSparse } from './not-sparse.ts';
import { readTable, type Track } from './scan-tables.ts';

/** What was found in `moov` so far. */
export interface Scan {
  view: DataView;
  tracks: Track[];
  track: Track | null;
  mvex: boolean;
  timescale: number;
  duration: number;
  createdAt: number;
  boxes: number;
}

/** A video has one; some have another for a change of its settings. */
const MAX_ENTRIES = 8;
/** Of a picture's sample entry: the decoder's settings, colours, pixel aspect. */
const ENTRY_CHILDREN = ['avcC', 'hvcC', 'vpcC', 'av1C', 'colr', 'pasp'];

/**
 * Reads a box of `moov` that holds no boxes.
 * @throws MediaUnreadable (compressed, or its frames are in another file), NotSparse
 */
export function readLeaf(scan: Scan, box: Box): void {
  const { view, track } = scan;
  if (box.name === 'cmov')
    throw mediaUnreadable('the file is compressed in a way that is not read');
  if (box.name === 'mvhd') {
    requireContent(box, 100);
    const long = view.getUint8(box.contentStart) === 1;
    if (long) requireContent(box, 112);
    const at = box.contentStart + 4;
    scan.createdAt = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    scan.timescale = view.getUint32(at + (long ? 16 : 8));
    scan.duration = long ? Number(view.getBigUint64(at + 20)) : view.getUint32(at + 12);
  } else if (track && box.name === 'hdlr') {
    requireContent(box, 12);
    if (track.handler !== '') throw new NotSparse('structure', 'a track of two kinds');
    track.handler = nameAt(view, box.contentStart + 8);
  } else if (track?.handler === 'vide' && box.name === 'stsd') {
    readEntries(view, box);
  } else if (track?.handler === 'vide' && box.name === 'dref') {
    requireOwnData(view, box);
  } else if (box.name === 'trex') {
    requireContent(box, 24);
    const id = view.getUint32(box.contentStart + 4);
    const of = scan.tracks.find((one) => one.id === id);
    if (of) of.frameDuration = view.getUint32(box.contentStart + 12);
  } else if (track) {
    readTable(view, box, track);
  }
}

/** A track's frames may stand in another file, which none but an editor has (ISO/IEC 14496-12, 8.7.2). */
function requireOwnData(view: DataView, box: Box): void {
  requireContent(box, 8);
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    requireContent(entry, 4);
    const isOwn = (view.getUint32(entry.contentStart) & 1) === 1;
    if (!isOwn) throw mediaUnreadable('the pictures of the file are said to be in another file');
  }
}

/** Blanks what we don't know within the sample entries of the video. */
function readEntries(view: DataView, box: Box): void {
  requireContent(box, 8);
  const announced = view.getUint32(box.contentStart + 4);
  let found = 0;
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    requireContent(entry, 78);
    found += 1;
    for (const child of boxesIn(view, entry.contentStart + 78, entry.end))
      if (!ENTRY_CHILDREN.includes(child.name)) blank(view, child);
  }
  if (found === 0 || found !== announced || found > MAX_ENTRIES)
    throw new NotSparse('structure', 'its sample entries are not those that it announces');
}
