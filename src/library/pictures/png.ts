import { deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const BITS_PER_CHANNEL = 8;
/** https://www.w3.org/TR/png/#11IHDR */
const COLOR_TYPE_RGB = 2;
/** Each row begins with the number of its filter. */
const NO_FILTER = 0;
const CHANNELS = 3;
/** https://www.w3.org/TR/png/#D-CRCAppendix */
const CRC_POLYNOMIAL = 0xed_b8_83_20;

/** Returns a PNG. `rgb` has three bytes for each pixel, row by row. */
export function encodePng(rgb: Uint8Array, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = BITS_PER_CHANNEL;
  header[9] = COLOR_TYPE_RGB;
  const rowLength = width * CHANNELS;
  const rows = Buffer.alloc(height * (rowLength + 1), NO_FILTER);
  for (let y = 0; y < height; y++) {
    rows.set(rgb.subarray(y * rowLength, (y + 1) * rowLength), y * (rowLength + 1) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    chunkOf('IHDR', header),
    chunkOf('IDAT', deflateSync(rows, { level: 9 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ]);
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crcOf(body));
  return Buffer.concat([length, body, crc]);
}

/** A chunk of a placeholder has about 100 bytes, so a table would not pay. Node has `crc32` only from version 22. */
function crcOf(bytes: Buffer): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
