import { mediaUnreadable } from '../errors.ts';

/** The demuxers that ffmpeg and ffprobe may use. */
export type Demuxer = 'mov' | 'matroska';

export interface ImageType {
  contentType: string;
  /** The file extension, without a dot. */
  extension: string;
}

/** How many of a file's first bytes `sniffVideo` and `sniffImage` need. */
export const SNIFF_BYTES = 16;

/** The boxes that an MP4 or QuickTime file may start with. */
const MOV_BOXES = ['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot'];
const MATROSKA_MAGIC = [0x1a, 0x45, 0xdf, 0xa3];
const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_MAGIC = [0xff, 0xd8, 0xff];

/**
 * Returns the demuxer for a file that starts with these bytes, or null if the file is not a known video. ffmpeg must
 * not guess the demuxer, because ffmpeg would accept a playlist that names other files and hosts.
 */
export function sniffVideo(head: Uint8Array): Demuxer | null {
  if (MOV_BOXES.includes(latin1(head, 4, 8))) return 'mov';
  return startsWith(head, MATROSKA_MAGIC) ? 'matroska' : null;
}

/**
 * Returns the demuxer for a file that starts with these bytes.
 * @throws MediaUnreadable if the file is not a known video
 */
export function requireVideo(head: Uint8Array): Demuxer {
  const demuxer = sniffVideo(head);
  if (demuxer === null)
    throw mediaUnreadable('the file is not an MP4, QuickTime, WebM or Matroska video');
  return demuxer;
}

/** Returns the type of a file that starts with these bytes, or null if the file is not PNG, JPEG, GIF or WebP. */
export function sniffImage(head: Uint8Array): ImageType | null {
  if (startsWith(head, PNG_MAGIC)) return imageType('png');
  if (startsWith(head, JPEG_MAGIC)) return imageType('jpeg');
  if (/^GIF8[79]a/.test(latin1(head, 0, 6))) return imageType('gif');
  if (latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'WEBP') return imageType('webp');
  return null;
}

export function imageType(format: 'png' | 'jpeg' | 'gif' | 'webp'): ImageType {
  return { contentType: `image/${format}`, extension: format === 'jpeg' ? 'jpg' : format };
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
