import { PartialReadError } from '../fallback.ts';

// MP4 and QuickTime files consist of boxes, which may contain other boxes (ISO/IEC 14496-12, 4.2).

export interface BoxHeader {
  name: string;
  /** The size of the header, in bytes. */
  headerBytes: 8 | 16;
  /** The size of the whole box in bytes, as its header claims; null if the box ends where its parent ends. */
  length: number | null;
}

/** A box inside its parent. The offsets are relative to the start of the bytes from which the box was read. */
export interface Box {
  name: string;
  start: number;
  contentStart: number;
  end: number;
}

/** The bytes of an index, and a function to call for each box. The function throws if there are too many boxes. */
export interface CountedView {
  view: DataView;
  countBox: () => void;
}

/** The name `free`, as a number. */
const FREE = 0x66_72_65_65;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads four bytes as a name. Each byte becomes one character. */
export function nameAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
}

/**
 * Reads the header at the offset `at`. At least 8 bytes must follow this offset. The length may be smaller than the
 * header or larger than the parent, so callers must check it.
 * @throws PartialReadError if the header ends after `end`
 */
export function readBoxHeader(view: DataView, at: number, end: number): BoxHeader {
  const size = view.getUint32(at);
  const name = nameAt(view, at + 4);
  if (size === 0) return { name, headerBytes: 8, length: null };
  if (size !== 1) return { name, headerBytes: 8, length: size };
  if (end - at < 16) throw new PartialReadError('structure', `${name} has an incomplete header`);
  return { name, headerBytes: 16, length: Number(view.getBigUint64(at + 8)) };
}

/**
 * Yields the boxes between `from` and `to`. Each box has at least 8 bytes, so the loop ends. Fewer than 8 bytes at the
 * end are ignored. QuickTime ends some lists with four zero bytes, and other writers leave a few unused bytes there.
 * @throws PartialReadError if a box is smaller than its header or does not fit into its parent
 */
export function* boxesIn(view: DataView, from: number, to: number): Generator<Box> {
  let at = from;
  while (to - at >= 8) {
    const { name, headerBytes, length } = readBoxHeader(view, at, to);
    if (length === null) return;
    const box = { name, start: at, contentStart: at + headerBytes, end: at + length };
    if (length < headerBytes || box.end > to)
      throw new PartialReadError('structure', `${name} does not fit into its parent`);
    yield box;
    at = box.end;
  }
}

/** Gives a box another name. Both names have four letters. */
export function rename(view: DataView, box: Box, name: string): void {
  for (let n = 0; n < name.length; n++) view.setUint8(box.start + 4 + n, name.charCodeAt(n));
}

/** Turns a box into a `free` box, which readers skip. */
export function blank(view: DataView, box: Box): void {
  view.setUint32(box.start + 4, FREE);
}

/** @throws PartialReadError if the box contains fewer than `bytes` bytes */
export function requireContent(box: Box, bytes: number): void {
  if (box.end - box.contentStart < bytes)
    throw new PartialReadError('structure', `${box.name} is too short`);
}

/**
 * Reads a duration of 4 or 8 bytes, in units of the box's timescale. Returns 0 if all bits are 1, which means that the
 * duration is unknown (8.2.2).
 */
export function durationAt(view: DataView, at: number, isLong: boolean): number {
  const unknown = isLong ? 0xffff_ffff_ffff_ffffn : 0xffff_ffff;
  const duration = isLong ? view.getBigUint64(at) : view.getUint32(at);
  return duration === unknown ? 0 : Number(duration);
}

/**
 * Returns a function to call for each box. The function throws PartialReadError if it is called more than `max` times.
 */
export function boxCounter(max: number): () => void {
  let boxes = 0;
  return () => {
    boxes += 1;
    if (boxes > max) throw new PartialReadError('limits', 'too many boxes');
  };
}
