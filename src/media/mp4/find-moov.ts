import { mediaUnreadable } from '../../errors.ts';
import { type ByteSource, HEAD_BYTES } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { requireVideo, SNIFF_BYTES } from '../sniff.ts';
import { type BoxHeader, readBoxHeader, viewOf } from './boxes.ts';

/** The unchecked box `moov`, which lists a file's tracks and frames. */
export interface Moov {
  /** The offset of the box in the file. */
  start: number;
  /** The whole box, including its header. */
  bytes: Uint8Array;
}

/** The largest `moov` that is read. The `moov` of 12 hours of video is smaller. */
const MAX_MOOV_BYTES = 8 * 1024 * 1024;
const MAX_TOP_BOXES = 256;
/**
 * If at most this many bytes of the file are left, one request reads all of them, because they usually start with
 * `moov`.
 */
const MAX_TAIL_BYTES = 512 * 1024;

/**
 * Walks over the boxes of a file until it finds `moov`.
 * @throws MediaUnreadable (not a video, truncated before `moov`), PartialReadError, and the errors of `source`
 */
export async function findMoov(source: ByteSource): Promise<Moov> {
  if (source.size === 0) throw mediaUnreadable('the file is empty');
  const demuxer = requireVideo(await source.read(0, Math.min(SNIFF_BYTES, source.size)));
  if (demuxer !== 'mov') throw new PartialReadError('container', demuxer);
  let at = 0;
  for (let boxes = 0; source.size - at >= 8; boxes++) {
    if (boxes === MAX_TOP_BOXES)
      throw new PartialReadError('structure', 'the file has too many boxes before moov');
    const { name, headerBytes, length: claimed } = await headerAt(source, at);
    const length = claimed ?? source.size - at;
    if (length < headerBytes)
      throw new PartialReadError('structure', `${name} is smaller than its header`);
    if (name === 'moov') return { start: at, bytes: await readMoov(source, at, length) };
    if (name === 'moof')
      throw new PartialReadError('structure', 'a fragment (moof) comes before the header (moov)');
    // A length above 2^53 is rounded, but it is beyond the end of any file.
    at += length;
  }
  throw mediaUnreadable('the file is truncated: it ends before its index (moov)');
}

async function headerAt(source: ByteSource, at: number): Promise<BoxHeader> {
  const left = source.size - at;
  const isTail = at >= HEAD_BYTES && left <= MAX_TAIL_BYTES;
  const bytes = await source.read(at, at + (isTail ? left : Math.min(16, left)));
  return readBoxHeader(viewOf(bytes), 0, bytes.length);
}

async function readMoov(source: ByteSource, at: number, length: number): Promise<Uint8Array> {
  if (at + length > source.size) throw new PartialReadError('structure', 'moov is truncated');
  if (length > MAX_MOOV_BYTES) throw new PartialReadError('limits', 'moov is too large');
  return source.read(at, at + length);
}
