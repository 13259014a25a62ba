import { NotSparse } from '../fallback.ts';

/** A box of an MP4 or QuickTime file (ISO/IEC 14496-12, 4.2), its offsets within the bytes it was read from. */
export interface Box {
  name: string;
  start: number;
  /** Of what it holds. */
  contentStart: number;
  end: number;
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Four bytes as a name; any byte gives a character. */
export const nameAt = (view: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));

/** `free`, as a number. */
const FREE = 0x66_72_65_65;

/** Changes a box into one that readers pass over. */
export function blank(view: DataView, box: Box): void {
  view.setUint32(box.start + 4, FREE);
}

/** @throws NotSparse where a box holds less than `bytes` */
export function requireContent(box: Box, bytes: number): void {
  if (box.end - box.contentStart < bytes)
    throw new NotSparse('structure', `${box.name} has less than it says`);
}

/** A duration, as its box counts it; 0 where all bits are set, which means that none is known (8.2.2). */
export function durationAt(view: DataView, at: number, isLong: boolean): number {
  const unknown = isLong ? 0xffff_ffff_ffff_ffffn : 0xffff_ffff;
  const duration = isLong ? view.getBigUint64(at) : view.getUint32(at);
  return duration === unknown ? 0 : Number(duration);
}

/** A function to call for each box; it throws NotSparse when it is called more than `most` times. */
export function boxCounter(most: number): () => void {
  let boxes = 0;
  return () => {
    boxes += 1;
    if (boxes > most) throw new NotSparse('limits', 'very many boxes');
  };
}

/**
 * The boxes that stand side by side from `from` to `to`. Each is at least 8 bytes, so the loop ends.
 * QuickTime closes some lists with four zeros, and other writers with a few bytes of nothing.
 * @throws NotSparse where a box is smaller than its header or larger than what it stands in
 */
export function* boxesIn(view: DataView, from: number, to: number): Generator<Box> {
  let at = from;
  while (to - at >= 8) {
    const box = boxAt(view, at, to);
    if (box === null) return;
    yield box;
    at = box.end;
  }
}

function boxAt(view: DataView, at: number, to: number): Box | null {
  const size = view.getUint32(at);
  const name = nameAt(view, at + 4);
  if (size === 0) return null;
  const large = size === 1;
  if (large && to - at < 16) throw new NotSparse('structure', `${name} has no size`);
  const length = large ? Number(view.getBigUint64(at + 8)) : size;
  const header = large ? 16 : 8;
  if (length < header || at + length > to) throw new NotSparse('structure', `${name} does not fit`);
  return { name, start: at, contentStart: at + header, end: at + length };
}
