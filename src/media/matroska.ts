import { mediaUnreadable } from '../errors.ts';
import { type ByteSource, HEAD_BYTES } from './bytes/source.ts';
import { sniffVideo } from './sniff.ts';

/** An element of EBML, the format of Matroska (RFC 8794). */
interface Element {
  id: number;
  contentStart: number;
  /** The end of the content. It may be beyond the bytes that were read. */
  end: number;
}

// The ids of elements (RFC 9559, section 5).
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const VIDEO_TRACK = 1;

/** Codecs that are not decoded, named as in Matroska's registry. https://www.matroska.org/technical/codec_specs.html */
const EXOTIC_CODECS =
  /^V_(THEORA|REAL\/RV[1-4]0|SNOW|UNCOMPRESSED|FFV1|DIRAC|MPEG4\/MS\/V3|MPEGI\/ISO\/VVC|CAVS|AVS[23])$/;
/** With these codec ids, `CodecPrivate` contains the four characters that name the codec, at this offset. */
const FOUR_CHARACTERS_AT: Record<string, number> = { 'V_MS/VFW/FOURCC': 16, V_QUICKTIME: 4 };
/**
 * Codecs that are not decoded, named by four characters. There are too many names to list the codecs that are decoded:
 * ffmpeg knows 49 names of MPEG-4 Part 2. ffprobe decides about names that are missing here.
 * https://github.com/FFmpeg/FFmpeg/blob/n7.1/libavformat/riff.c
 */
const EXOTIC_FOUR_CHARACTERS = new RegExp(
  `^(${[
    'zmbv|tscc|tsc2|cscd|fsv1|fps1|g2m[2-5]|mwv1|mss[12]',
    'mpng|png|tiff|exr|mjp2|mj2c',
    'svq[13]|cvid|rle|8bps|rpza|smc|msvc|cram|wham|iv3[12]|iv41|iv50|rv[1-4]0',
    'wmv[1-3]|wmva|wvc1|mp4[1-3]|mpg4|div[3-6]|flv1|vp3[01]|vp50|vp6[0-2f]|theo',
    'ffv1|hfyu|ffvh|lags|ul[a-z]\\d|snow|cfhd|dvsd|dv25|dv50',
  ].join('|')})$`,
  'i',
);

/**
 * Refuses a Matroska file whose video has a codec that ffmpeg may not decode, before the file is downloaded. Only reads
 * the first bytes of the file. If they don't tell the codec, or
 * tell an unknown codec, the file is not refused.
 * @throws MediaUnreadable that names the codec, and the errors of `source`
 */
export async function requireKnownMatroskaCodec(source: ByteSource): Promise<void> {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  if (sniffVideo(head) !== 'matroska') return;
  const codec = exoticCodecOf(head);
  if (codec !== null)
    throw mediaUnreadable(`the file uses the codec ${codec}, which Everclip does not decode`);
}

/** Returns the name of the codec if it is known not to be decoded; otherwise null. */
export function exoticCodecOf(head: Uint8Array): string | null {
  const segment = findChild(head, { start: 0, end: head.length }, SEGMENT);
  const tracks = segment && findChild(head, contentOf(segment), TRACKS);
  for (const track of tracks ? childrenOf(head, contentOf(tracks)) : []) {
    if (track.id !== TRACK_ENTRY) continue;
    const type = findChild(head, contentOf(track), TRACK_TYPE);
    if (!type || head[type.end - 1] !== VIDEO_TRACK) continue;
    const id = findChild(head, contentOf(track), CODEC_ID);
    // The bytes may end within the track.
    if (!id || id.end > head.length) return null;
    const name = latin1(head, id.contentStart, id.end);
    const offset = FOUR_CHARACTERS_AT[name];
    if (offset === undefined) return EXOTIC_CODECS.test(name) ? name : null;
    const start = (findChild(head, contentOf(track), CODEC_PRIVATE)?.contentStart ?? NaN) + offset;
    const characters = plainName(latin1(head, start, start + 4));
    return EXOTIC_FOUR_CHARACTERS.test(characters ?? '') ? characters : null;
  }
  return null;
}

/** Returns the name without the spaces at its end; null if the name is empty or not plain. */
function plainName(name: string): string | null {
  return /^([\w/.-]{2,40}) *$/.exec(name)?.[1] ?? null;
}

function contentOf({ contentStart, end }: Element): { start: number; end: number } {
  return { start: contentStart, end };
}

function findChild(
  bytes: Uint8Array,
  range: { start: number; end: number },
  id: number,
): Element | null {
  for (const child of childrenOf(bytes, range)) if (child.id === id) return child;
  return null;
}

/** Yields the elements in a range, until the range or the bytes end. Every element is at least two bytes long. */
function* childrenOf(
  bytes: Uint8Array,
  { start, end }: { start: number; end: number },
): Generator<Element> {
  let at = start;
  while (at < Math.min(end, bytes.length)) {
    const id = readNumber(bytes, at, { keepMarker: true });
    const size = id && readNumber(bytes, at + id.length, { keepMarker: false });
    if (!id || !size) return;
    const contentStart = at + id.length + size.length;
    // An element of unknown size, such as a live recording's segment, ends with its parent.
    const isUnknown = size.value === 2 ** (7 * size.length) - 1;
    const elementEnd = isUnknown ? end : contentStart + size.value;
    yield { id: id.value, contentStart, end: elementEnd };
    at = elementEnd;
  }
}

/**
 * Reads a number of variable length. The position of the first set bit tells the length in bytes. Returns null if the
 * number is longer than eight bytes or incomplete.
 */
function readNumber(
  bytes: Uint8Array,
  at: number,
  { keepMarker }: { keepMarker: boolean },
): { value: number; length: number } | null {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || at + length > bytes.length) return null;
  let value = keepMarker ? first : first & (0xff >> length);
  for (const byte of bytes.subarray(at + 1, at + length)) value = value * 256 + byte;
  return { value, length };
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Number.isNaN(from) || to > bytes.length
    ? ''
    : String.fromCharCode(...bytes.subarray(from, to));
}
