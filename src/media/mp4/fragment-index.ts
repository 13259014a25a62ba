import type { ByteSource } from '../bytes/source.ts';
import { type Box, boxesIn, nameAt, readBoxHeader, requireContent, viewOf } from './boxes.ts';
import { readReferences } from './fragments.ts';

/** A file ends with the size of its fragment index, which is in the last 16 bytes (`mfro`; ISO/IEC 14496-12, 8.8.11). */
const MFRO_BYTES = 16;
/** How many bytes at the end of the file are read in order to find a fragment index. Most indexes are smaller. */
const TAIL_BYTES = 16 * 1024;
/** The largest fragment index (`mfra`, `sidx`) that is read, in bytes. An entry takes up to 28 bytes. */
export const MAX_INDEX_BYTES = 512 * 1024;
/** How many boxes after the first fragments are skipped if the file has no index. A fragment has two boxes. */
const MAX_SKIPPED_BOXES = 16;

/**
 * Returns the offsets of the fragments that come after `end`, in order. The offsets come from the file's index at its
 * end (`mfra`) or after `moov` (`sidx`), which may be wrong. If there is no index, the fragments are found one after
 * another, and the result is the last one that was found.
 * @throws PartialReadError if an index is damaged, and the errors of `source`
 */
export async function laterFragments(
  source: ByteSource,
  { trackId, moovEnd, end }: { trackId: number; moovEnd: number; end: number },
): Promise<number[]> {
  const isLater = (offset: number): boolean => offset >= end && offset < source.size - 8;
  const atEnd = (await readIndexedOffsets(source, trackId)).filter(isLater);
  if (atEnd.length > 0) return atEnd;
  const atStart = (await readSidx(source, moovEnd)).filter(isLater);
  return atStart.length > 0 ? atStart : await skipFragments(source, end);
}

/** Returns the offsets of a track's fragments from the index at the end of the file; `[]` if there is none. */
export async function readIndexedOffsets(source: ByteSource, trackId: number): Promise<number[]> {
  const tailStart = Math.max(0, source.size - TAIL_BYTES);
  const tail = viewOf(await source.read(tailStart, source.size));
  if (tail.byteLength < MFRO_BYTES) return [];
  if (nameAt(tail, tail.byteLength - MFRO_BYTES + 4) !== 'mfro') return [];
  const length = tail.getUint32(tail.byteLength - 4);
  if (length > MAX_INDEX_BYTES || length > source.size) return [];
  const view = viewOf(await source.read(source.size - length, source.size));
  const [mfra] = boxesIn(view, 0, view.byteLength);
  if (mfra?.name !== 'mfra') return [];
  for (const tfra of boxesIn(view, mfra.contentStart, mfra.end)) {
    if (tfra.name !== 'tfra') continue;
    requireContent(tfra, 16);
    if (view.getUint32(tfra.contentStart + 4) === trackId) return readTfra(view, tfra);
  }
  return [];
}

/** Reads the offsets of a track's fragments from the index at the end of the file (8.8.10). */
function readTfra(view: DataView, box: Box): number[] {
  const at = box.contentStart;
  const isLong = view.getUint8(at) === 1;
  const sizes = view.getUint32(at + 8);
  // Each entry starts with a time, and ends with three numbers of one to four bytes that are not needed.
  const restBytes = ((sizes >> 4) & 3) + ((sizes >> 2) & 3) + (sizes & 3) + 3;
  const entryBytes = (isLong ? 16 : 8) + restBytes;
  const count = view.getUint32(at + 12);
  requireContent(box, 16 + count * entryBytes);
  return Array.from({ length: count }, (_, n) => {
    const entry = at + 16 + n * entryBytes;
    return isLong ? Number(view.getBigUint64(entry + 8)) : view.getUint32(entry + 4);
  });
}

/** Reads the index that follows `moov` (8.16.3); `[]` if there is none, or if it refers to other indexes. */
async function readSidx(source: ByteSource, moovEnd: number): Promise<number[]> {
  const header = await headerAt(source, moovEnd);
  if (header?.name !== 'sidx' || header.end - moovEnd > MAX_INDEX_BYTES) return [];
  const view = viewOf(await source.read(moovEnd, header.end));
  const [box] = boxesIn(view, 0, view.byteLength);
  if (!box) return [];
  const { firstOffset, references } = readReferences(view, box);
  let offset = header.end + firstOffset;
  const offsets: number[] = [];
  for (const { reference } of references) {
    // The highest bit marks a reference to another index.
    if (reference >= 0x80_00_00_00) return [];
    offsets.push(offset);
    offset += reference;
  }
  return offsets;
}

/** Skips from box to box, and returns the last fragment that was found. */
async function skipFragments(source: ByteSource, from: number): Promise<number[]> {
  let found: number[] = [];
  let at = from;
  for (let boxes = 0; boxes < MAX_SKIPPED_BOXES; boxes++) {
    const header = await headerAt(source, at);
    if (header === null) break;
    if (header.name === 'moof') found = [at];
    at = header.end;
  }
  return found;
}

/** Returns the name and the end of the box at an offset, or null if there is no whole box. */
async function headerAt(
  source: ByteSource,
  at: number,
): Promise<{ name: string; end: number } | null> {
  if (source.size - at < 16) return null;
  const { name, headerBytes, length } = readBoxHeader(
    viewOf(await source.read(at, at + 16)),
    0,
    16,
  );
  const end = at + (length ?? source.size - at);
  return end - at < headerBytes || end > source.size ? null : { name, end };
}
