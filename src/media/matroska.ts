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

/** The codecs of `VIDEO_DECODERS`, named as in Matroska (RFC 9559, section 7, and its registry). */
const CODECS =
  /^V_(MPEG4\/ISO\/(AVC|ASP|SP|AP)|MPEGH\/ISO\/HEVC|AV1|VP8|VP9|MPEG1|MPEG2|MJPEG|PRORES)$/;
/** With these codec ids, `CodecPrivate` contains the four characters that name the codec, at this offset. */
const FOUR_CHARACTERS_AT: Record<string, number> = { 'V_MS/VFW/FOURCC': 16, V_QUICKTIME: 4 };
const CODECS_OF_FOUR_CHARACTERS =
  /^(h264|x264|avc1|hevc|hvc1|hev1|av01|vp80|vp90|mp4v|fmp4|xvid|divx|dx50|mjpg|jpeg|h263|s263|mpg[12]|ap(ch|cn|cs|co)|ap4[hx])$/i;

/**
 * Refuses a Matroska file whose video has a codec that ffmpeg may not decode, before the file is downloaded. Only reads
 * the first bytes of the file. If they don't tell the codec, the file is not refused.
 * @throws MediaUnreadable that names the codec, and the errors of `source`
 */
export async function requireKnownMatroskaCodec(source: ByteSource): Promise<void> {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  if (sniffVideo(head) !== 'matroska') return;
  const codec = exoticCodecOf(head);
  if (codec !== null)
    throw mediaUnreadable(`the file uses the codec ${codec}, which Everclip does not decode`);
}

/** Returns the name of the codec if it is not one of the known codecs. Returns null if the codec is known or not found. */
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
    if (offset === undefined) return CODECS.test(name) ? null : plainName(name);
    const start = (findChild(head, contentOf(track), CODEC_PRIVATE)?.contentStart ?? NaN) + offset;
    const characters = plainName(latin1(head, start, start + 4));
    return CODECS_OF_FOUR_CHARACTERS.test(characters ?? '') ? null : characters;
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
