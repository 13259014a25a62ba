import { mediaUnreadable } from '../../errors.ts';
import { blank, type Box, boxesIn, requireContent } from './boxes.ts';
import { NotSparse } from '../fallback.ts';

/** A video has one; some have another for a change of its settings. */
const MAX_ENTRIES = 8;
/** Of a picture's sample entry: the decoder's settings, colours, pixel aspect. */
const ENTRY_CHILDREN = ['avcC', 'hvcC', 'vpcC', 'av1C', 'colr', 'pasp'];

/** Where a scan is: `countBox` is called for each box, and throws where they are too many. */
interface Counting {
  view: DataView;
  countBox: () => void;
}

/**
 * Blanks what we don't know within the sample entries of the video (`stsd`).
 * @throws NotSparse
 */
export function readSampleEntries({ view, countBox }: Counting, box: Box): void {
  requireContent(box, 8);
  const announced = view.getUint32(box.contentStart + 4);
  let found = 0;
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    countBox();
    requireContent(entry, 78);
    found += 1;
    for (const child of boxesIn(view, entry.contentStart + 78, entry.end)) {
      countBox();
      if (!ENTRY_CHILDREN.includes(child.name)) blank(view, child);
    }
  }
  if (found === 0 || found !== announced || found > MAX_ENTRIES)
    throw new NotSparse('structure', 'its sample entries are not those that it announces');
}

/**
 * Looks at where a track's frames stand (`dref`): in another file they are for none but an editor. An
 * entry points at one where its flag 1, "in this file", is not set and it has a location (ISO/IEC
 * 14496-12, 8.7.2); some writers set no flag, and leave the location empty.
 * @throws MediaUnreadable, NotSparse
 */
export function requireOwnData({ view, countBox }: Counting, box: Box): void {
  requireContent(box, 8);
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    countBox();
    requireContent(entry, 4);
    const isOwn = (view.getUint32(entry.contentStart) & 1) === 1;
    if (!isOwn && !isZero(view, entry.contentStart + 4, entry.end))
      throw mediaUnreadable('the pictures of the file are said to be in another file');
  }
}

const isZero = (view: DataView, from: number, to: number): boolean =>
  new Uint8Array(view.buffer, view.byteOffset + from, to - from).every((byte) => byte === 0);
