/** The codecs whose frames consist of NAL units, and where their settings say how long the length of a unit is. */
const LENGTH_SIZE_AT: Record<string, number> = { avc: 4, hevc: 21 };
/** The unit of a picture that is decoded without other pictures (IDR; ITU-T H.264, table 7-1). */
const AVC_IDR = 5;
/** The units of pictures at which decoding can start (IRAP; ITU-T H.265, table 7-1). */
const HEVC_IRAP = { first: 16, last: 23 };
/**
 * A clean random access picture goes on counting from the pictures before it, unless it is the first of a file. A broken
 * link access picture has the same form and starts counting anew (ITU-T H.265, 3.11 and 3.24).
 */
const HEVC_CRA = 21;
const HEVC_BLA = 16;

/**
 * True if a frame contains a NAL unit of a picture at which decoding can start. Mediabunny looks only at the first unit
 * that is numbered like a picture. Some recorders write reserved units before it, for example for slow motion.
 * @param codec Mediabunny's name of the codec
 * @param settings the decoder's settings (`avcC`, `hvcC`)
 */
export function containsKeyPicture(
  codec: string,
  settings: Uint8Array | undefined,
  frame: Uint8Array,
): boolean {
  for (const { header } of unitsOf(codec, settings, frame))
    if (isKeyUnit(codec, header)) return true;
  return false;
}

/**
 * Returns a key frame that a decoder can show right after a key frame of another time. Without this, a decoder sorts
 * some key frames of HEVC by numbers that have no meaning across such a cut, and drops or swaps them. Splicers do the
 * same.
 */
export function startingAnew(
  codec: string,
  settings: Uint8Array | undefined,
  frame: Uint8Array,
): Uint8Array {
  if (codec !== 'hevc') return frame;
  const copy = new Uint8Array(frame);
  for (const { at, header } of unitsOf(codec, settings, frame))
    if (hevcTypeOf(header) === HEVC_CRA) copy[at] = (header & 0x81) | (HEVC_BLA << 1);
  return copy;
}

/** Yields the offset and the first byte of each NAL unit; nothing if the codec has no NAL units. */
function* unitsOf(
  codec: string,
  settings: Uint8Array | undefined,
  frame: Uint8Array,
): Generator<{ at: number; header: number }> {
  const lengthSizeAt = LENGTH_SIZE_AT[codec];
  if (lengthSizeAt === undefined || settings === undefined) return;
  const lengthBytes = ((settings[lengthSizeAt] ?? 0) & 3) + 1;
  for (let at = 0; at + lengthBytes < frame.length;) {
    let length = 0;
    for (let n = 0; n < lengthBytes; n++) length = length * 256 + (frame[at + n] ?? 0);
    const start = at + lengthBytes;
    if (length > 0) yield { at: start, header: frame[start] ?? 0 };
    at = start + length;
  }
}

/** @param header the first byte of the unit */
function isKeyUnit(codec: string, header: number): boolean {
  if (codec === 'avc') return (header & 0x1f) === AVC_IDR;
  const type = hevcTypeOf(header);
  return type >= HEVC_IRAP.first && type <= HEVC_IRAP.last;
}

function hevcTypeOf(header: number): number {
  return (header >> 1) & 0x3f;
}
