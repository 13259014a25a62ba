/** The codecs whose frames consist of NAL units, and where their settings say how long the length of a unit is. */
const LENGTH_SIZE_AT: Record<string, number> = { avc: 4, hevc: 21 };
/** The unit of a picture that is decoded without other pictures (IDR; ITU-T H.264, table 7-1). */
const AVC_IDR = 5;
/** The units of pictures at which decoding can start (IRAP; ITU-T H.265, table 7-1). */
const HEVC_IRAP = { first: 16, last: 23 };

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
  const lengthSizeAt = LENGTH_SIZE_AT[codec];
  if (lengthSizeAt === undefined || settings === undefined) return false;
  const lengthBytes = ((settings[lengthSizeAt] ?? 0) & 3) + 1;
  for (let at = 0; at + lengthBytes < frame.length;) {
    let length = 0;
    for (let n = 0; n < lengthBytes; n++) length = length * 256 + (frame[at + n] ?? 0);
    const header = frame[at + lengthBytes] ?? 0;
    if (length > 0 && isKeyUnit(codec, header)) return true;
    at += lengthBytes + length;
  }
  return false;
}

/** @param header the first byte of the unit */
function isKeyUnit(codec: string, header: number): boolean {
  if (codec === 'avc') return (header & 0x1f) === AVC_IDR;
  const type = (header >> 1) & 0x3f;
  return type >= HEVC_IRAP.first && type <= HEVC_IRAP.last;
}
