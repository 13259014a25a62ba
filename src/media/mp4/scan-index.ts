import { mediaUnreadable } from '../../errors.ts';
import { type Box, requireContent } from './boxes.ts';

/** The highest bit says what is pointed at, the others how large it is. */
const TO_AN_INDEX_OF_NO_BYTES = 0x80_00_00_00;
const SIZE_BITS = 0x7f_ff_ff_ff;

/**
 * Looks at an index of fragments (`sidx`; ISO/IEC 14496-12, 8.16.3): how many bytes behind it it covers,
 * and how long these are. We use it for nothing else: one that points at itself leads readers in a circle.
 * @throws MediaUnreadable where it does, NotSparse where it has less than it says
 */
export function readIndex(view: DataView, box: Box): { bytes: number; seconds: number } {
  requireContent(box, 4);
  const long = view.getUint8(box.contentStart) !== 0;
  const entries = long ? 32 : 24;
  requireContent(box, entries);
  const at = box.contentStart + entries;
  const count = view.getUint16(at - 2);
  requireContent(box, entries + count * 12);
  const timescale = view.getUint32(box.contentStart + 8);
  let bytes = long ? Number(view.getBigUint64(at - 12)) : view.getUint32(at - 8);
  let ticks = 0;
  for (let n = 0; n < count; n++) {
    const reference = view.getUint32(at + n * 12);
    if (reference === TO_AN_INDEX_OF_NO_BYTES)
      throw mediaUnreadable('the index of the file points at itself');
    bytes += reference & SIZE_BITS;
    ticks += view.getUint32(at + n * 12 + 4);
  }
  return { bytes, seconds: timescale > 0 ? ticks / timescale : 0 };
}
