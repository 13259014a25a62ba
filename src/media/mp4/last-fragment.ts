import { isFailure } from '../../errors.ts';
import type { ByteSource } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { type Box, boxesIn, nameAt, readBoxHeader, requireContent, viewOf } from './boxes.ts';
import type { Fragments } from './fragments.ts';
import { checkMoof } from './moof.ts';
import type { Track } from './tables.ts';

/** The last box of a file with a fragment index (`mfro`) holds the size of the index (ISO/IEC 14496-12, 8.8.11). */
const MFRO_BYTES = 16;
/** How many bytes at the end of the file are read first. Most indexes are smaller, so they take one request. */
const TAIL_BYTES = 16 * 1024;
/** The largest index of fragments (`mfra`) that is read, in bytes. An entry takes up to 28 bytes. */
const MAX_INDEX_BYTES = 512 * 1024;
/** How many fragments after the last indexed one are read. Only fragments with a key frame are indexed. */
const MAX_LAST_FRAGMENTS = 4;

/** The most boxes after the last indexed fragment. A fragment has two boxes. */
const MAX_BOXES = 16;

/**
 * Returns the time in seconds from the start of the first fragment to the end of the last one. Returns 0 if the file's
 * index of fragments (`mfra`) does not lead to a fragment whose frames have times.
 * @throws the errors of `source`, except that a damaged index counts as none
 */
export async function secondsToLastFragment(
  source: ByteSource,
  video: Track,
  fragments: Fragments,
): Promise<number> {
  const startTicks = fragments.timing?.startTicks ?? null;
  if (startTicks === null || video.timescale === 0) return 0;
  try {
    const at = await lastIndexedOffset(source, video.id);
    const endTicks = at < fragments.end ? 0 : await endOfFragments(source, at, video);
    return Math.max(0, endTicks - startTicks) / video.timescale;
  } catch (error) {
    // The index or the last fragment is damaged. The clip's picture does not depend on them.
    if (error instanceof PartialReadError || isFailure(error, 'MediaUnreadable')) return 0;
    throw error;
  }
}

/** Returns the offset of the last fragment in the index at the end of the file, or 0 if there is no index. */
async function lastIndexedOffset(source: ByteSource, trackId: number): Promise<number> {
  const tail = viewOf(await source.read(Math.max(0, source.size - TAIL_BYTES), source.size));
  if (tail.byteLength < MFRO_BYTES || nameAt(tail, tail.byteLength - MFRO_BYTES + 4) !== 'mfro')
    return 0;
  const bytes = tail.getUint32(tail.byteLength - 4);
  if (bytes > MAX_INDEX_BYTES || bytes > source.size) return 0;
  const view = viewOf(await source.read(source.size - bytes, source.size));
  const [mfra] = boxesIn(view, 0, view.byteLength);
  if (mfra?.name !== 'mfra') return 0;
  for (const box of boxesIn(view, mfra.contentStart, mfra.end))
    if (box.name === 'tfra' && trackIdOf(view, box) === trackId) return lastOffsetIn(view, box);
  return 0;
}

function trackIdOf(view: DataView, tfra: Box): number {
  requireContent(tfra, 16);
  return view.getUint32(tfra.contentStart + 4);
}

/** Returns the offset in the last entry of a track's index (8.8.10), or 0 if the index has no entry. */
function lastOffsetIn(view: DataView, tfra: Box): number {
  const at = tfra.contentStart;
  const isLong = view.getUint8(at) === 1;
  const sizes = view.getUint32(at + 8);
  // Each entry has a time, an offset, and three numbers of one to four bytes.
  const numbersBytes = 3 + ((sizes >> 4) & 3) + ((sizes >> 2) & 3) + (sizes & 3);
  const entryBytes = (isLong ? 16 : 8) + numbersBytes;
  const count = view.getUint32(at + 12);
  requireContent(tfra, 16 + count * entryBytes);
  if (count === 0) return 0;
  const entry = at + 16 + (count - 1) * entryBytes;
  return isLong ? Number(view.getBigUint64(entry + 8)) : view.getUint32(entry + 4);
}

/**
 * Returns when the last frame of a track ends, in ticks. Returns 0 if no fragment at or after `from` has a time, or if
 * so many fragments follow that the index is wrong.
 */
async function endOfFragments(source: ByteSource, from: number, video: Track): Promise<number> {
  const tracks = new Map([[video.id, video]]);
  let endTicks = 0;
  let found = 0;
  let at = from;
  for (let boxes = 0; source.size - at >= 16; boxes++) {
    if (boxes === MAX_BOXES) return 0;
    const header = readBoxHeader(viewOf(await source.read(at, at + 16)), 0, 16);
    const end = at + (header.length ?? source.size - at);
    if (end - at < header.headerBytes || end > source.size) return 0;
    if (header.name === 'moof') {
      found += 1;
      if (found > MAX_LAST_FRAGMENTS || end - at > MAX_INDEX_BYTES) return 0;
      const { timings } = checkMoof(new Uint8Array(await source.read(at, end)), tracks);
      const timing = timings.get(video);
      if (timing && timing.startTicks !== null)
        endTicks = Math.max(endTicks, timing.startTicks + timing.ticks);
    }
    at = end;
  }
  return endTicks;
}
