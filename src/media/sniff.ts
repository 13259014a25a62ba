/** The demuxers that we let ffmpeg use. */
export type Demuxer = 'mov' | 'matroska';

const MOV_BOXES = ['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot'];

/**
 * Which demuxer the first bytes ask for, or null. Decided here, since ffmpeg left to guess takes a
 * playlist that names other files and hosts for a video, whatever the file is called.
 */
export function sniffVideo(head: Uint8Array): Demuxer | null {
  if (MOV_BOXES.includes(latin1(head, 4, 8))) return 'mov';
  return startsWith(head, [0x1a, 0x45, 0xdf, 0xa3]) ? 'matroska' : null;
}

export interface ImageType {
  contentType: string;
  extension: string;
}

/** What kind of picture the first bytes say it is, of those that browsers and Discord use; or null. */
export function sniffImage(head: Uint8Array): ImageType | null {
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return imageType('png');
  if (startsWith(head, [0xff, 0xd8, 0xff])) return imageType('jpeg', 'jpg');
  if (/^GIF8[79]a/.test(latin1(head, 0, 6))) return imageType('gif');
  if (latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'WEBP') return imageType('webp');
  return null;
}

/** Content type and file ending of a picture. */
export const imageType = (name: string, extension = name): ImageType => ({
  contentType: `image/${name}`,
  extension,
});

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

const startsWith = (bytes: Uint8Array, magic: number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);
