import { mediaUnreadable } from '../../errors.ts';
import { nameAt, viewOf } from './boxes.ts';
import { type ByteSource, HEAD_BYTES } from '../bytes/source.ts';
import { NotSparse } from '../fallback.ts';
import { sniffVideo } from '../sniff.ts';

/** `moov`, the box with all that a player needs to know, and where in the file it stands. */
export interface Moov {
  start: number;
  /** Header included. */
  bytes: Uint8Array;
}

/** Half a day of video has less. */
const MAX_MOOV_BYTES = 8 * 1024 * 1024;
const MAX_TOP_BOXES = 256;
/**
 * What stands beyond the beginning, which is here already, is read to the file's end if that is this
 * near: it is `moov`, as a rule, and what recorders write behind it.
 */
const SMALL_TAIL = 512 * 1024;

/**
 * Walks the boxes of a file from its beginning to `moov`. Every step moves on by a box's own size.
 * @throws MediaUnreadable (no video at all, or cut off before `moov`), NotSparse, and what `source` throws
 */
export async function findMoov(source: ByteSource): Promise<Moov> {
  if (source.size === 0) throw mediaUnreadable('the file is empty');
  const demuxer = sniffVideo(await source.read(0, Math.min(16, source.size)));
  if (demuxer === null) throw mediaUnreadable('the file is neither MP4 nor QuickTime nor WebM');
  if (demuxer !== 'mov') throw new NotSparse('container', demuxer);
  let at = 0;
  for (let boxes = 0; source.size - at >= 8; boxes++) {
    if (boxes === MAX_TOP_BOXES) throw new NotSparse('structure', 'very many boxes before moov');
    const { name, length } = await headerAt(source, at);
    if (name === 'moov') return { start: at, bytes: await readMoov(source, at, length) };
    if (name === 'moof') throw new NotSparse('structure', 'moof before moov');
    // Safe: a size beyond 2^53 is beyond the end of any file.
    at += length;
  }
  throw mediaUnreadable('the file is cut off: nothing in it says where its pictures are');
}

async function headerAt(source: ByteSource, at: number): Promise<{ name: string; length: number }> {
  const left = source.size - at;
  const wanted = at >= HEAD_BYTES && left <= SMALL_TAIL ? left : Math.min(16, left);
  const view = viewOf(await source.read(at, at + wanted));
  const size = view.getUint32(0);
  const name = nameAt(view, 4);
  // A box of size 0 reaches to the end of the file.
  if (size === 0) return { name, length: left };
  if (size !== 1) {
    if (size < 8) throw new NotSparse('structure', 'a box smaller than its header');
    return { name, length: size };
  }
  if (left < 16) throw new NotSparse('structure', 'a box without a size');
  const large = Number(view.getBigUint64(8));
  if (large < 16) throw new NotSparse('structure', 'a box smaller than its header');
  return { name, length: large };
}

async function readMoov(source: ByteSource, at: number, length: number): Promise<Uint8Array> {
  if (at + length > source.size) throw new NotSparse('structure', 'moov is cut off');
  if (length > MAX_MOOV_BYTES) throw new NotSparse('limits', 'moov is very large');
  // Where the file's beginning was read, a moov that stands there is read with what is missing of it.
  return source.read(at, at + length);
}
