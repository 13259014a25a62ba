import { mediaUnreadable } from '../../errors.ts';
import { type Box, durationAt, nameAt, requireContent } from './boxes.ts';
import { NotSparse } from '../fallback.ts';
import { readSampleEntries, requireOwnData } from './scan-entries.ts';
import { readTable, type Track } from './tables.ts';

/** What was found in `moov` so far. */
export interface Scan {
  view: DataView;
  tracks: Track[];
  track: Track | null;
  mvex: boolean;
  timescale: number;
  duration: number;
  /** Of the file with all its fragments. */
  fragmentedDuration: number;
  createdAt: number;
  /** Of a frame in a fragment that says none itself, by id of its track. */
  frameDurations: Map<number, number>;
  /** Called for each box. */
  countBox: () => void;
}

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
    scan.duration = durationAt(view, at + (long ? 20 : 12), long);
  } else if (track && box.name === 'hdlr') {
    requireContent(box, 12);
    if (track.handler !== '') throw new NotSparse('structure', 'a track of two kinds');
    track.handler = nameAt(view, box.contentStart + 8);
  } else if (track?.handler === 'vide' && box.name === 'stsd') {
    readSampleEntries(scan, box);
  } else if (track?.handler === 'vide' && box.name === 'dref') {
    requireOwnData(scan, box);
  } else if (box.name === 'mehd') {
    requireContent(box, 8);
    const long = view.getUint8(box.contentStart) === 1;
    if (long) requireContent(box, 12);
    scan.fragmentedDuration = durationAt(view, box.contentStart + 4, long);
  } else if (box.name === 'trex') {
    requireContent(box, 24);
    const at = box.contentStart;
    // Its track may come later.
    scan.frameDurations.set(view.getUint32(at + 4), view.getUint32(at + 12));
  } else if (track) {
    readTable(view, box, track);
  }
}
