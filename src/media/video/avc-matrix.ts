/** The value of "unspecified" (ITU-T H.273, table 4). */
const UNSPECIFIED = 2;
/** Where the settings (`avcC`; ISO/IEC 14496-15, 5.3.3) have the first parameter set, after its length in two bytes. */
const FIRST_SET_AT = 8;
/** The profiles whose parameter sets have fields for the chroma format and scaling lists (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES = [44, 83, 86, 100, 110, 118, 122, 128, 138, 139, 244];
const EXTENDED_ASPECT_RATIO = 255;
/** The longest number that is read. A longer one is malformed. */
const MAX_NUMBER_BITS = 31;

/**
 * True if the settings of an H.264 decoder name a colour matrix, even one that Mediabunny has no name for.
 * @param settings the box `avcC`, which may contain anything
 */
export function namesAvcMatrix(settings: Uint8Array): boolean {
  const length = ((settings[FIRST_SET_AT - 2] ?? 0) << 8) + (settings[FIRST_SET_AT - 1] ?? 0);
  const set = settings.subarray(FIRST_SET_AT, FIRST_SET_AT + length);
  const matrix = readMatrix(new BitReader(withoutEmulation(set)));
  return matrix !== null && matrix !== UNSPECIFIED;
}

/** Removes the bytes that keep start codes out of the data (ITU-T H.264, 7.4.1.1). */
function withoutEmulation(set: Uint8Array): Uint8Array {
  return set.filter(
    (byte, at) => !(byte === 3 && at >= 2 && set[at - 1] === 0 && set[at - 2] === 0),
  );
}

/** Reads a sequence parameter set up to its matrix (ITU-T H.264, 7.3.2.1.1 and E.1.1); null if it has none. */
function readMatrix(bits: BitReader): number | null {
  bits.read(8);
  const profile = bits.read(8);
  bits.read(16);
  bits.number();
  if (HIGH_PROFILES.includes(profile)) skipHighFields(bits);
  bits.number();
  skipOrder(bits);
  bits.number();
  bits.read(1);
  bits.number();
  bits.number();
  if (bits.read(1) === 0) bits.read(1);
  bits.read(1);
  if (bits.read(1) === 1) for (let n = 0; n < 4; n++) bits.number();
  const hasUsability = bits.read(1) === 1;
  if (!hasUsability) return null;
  if (bits.read(1) === 1 && bits.read(8) === EXTENDED_ASPECT_RATIO) bits.read(32);
  if (bits.read(1) === 1) bits.read(1);
  const hasSignalType = bits.read(1) === 1;
  if (!hasSignalType) return null;
  bits.read(4);
  const hasColours = bits.read(1) === 1;
  if (!hasColours) return null;
  bits.read(16);
  const matrix = bits.read(8);
  return bits.isPastEnd ? null : matrix;
}

function skipHighFields(bits: BitReader): void {
  const chromaFormat = bits.number();
  if (chromaFormat === 3) bits.read(1);
  bits.number();
  bits.number();
  bits.read(1);
  const hasLists = bits.read(1) === 1;
  if (!hasLists) return;
  const lists = chromaFormat === 3 ? 12 : 8;
  for (let list = 0; list < lists; list++)
    if (bits.read(1) === 1) skipScalingList(bits, list < 6 ? 16 : 64);
}

/** Skips a scaling list, which ends early if a scale is 0 (7.3.2.1.1.1). */
function skipScalingList(bits: BitReader, length: number): void {
  let last = 8;
  let next = 8;
  for (let n = 0; n < length && next !== 0; n++) {
    next = (last + bits.signedNumber() + 256) % 256;
    if (next !== 0) last = next;
  }
}

/** Skips the fields for the order of pictures. */
function skipOrder(bits: BitReader): void {
  const type = bits.number();
  if (type === 0) bits.number();
  if (type !== 1) return;
  bits.read(1);
  bits.number();
  bits.number();
  const frames = bits.number();
  for (let n = 0; n < frames && !bits.isPastEnd; n++) bits.number();
}

/** Reads bits, the highest bit of each byte first. All bits after the end are 0. */
class BitReader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isPastEnd(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** Reads an Exp-Golomb number (ITU-T H.264, 9.1). */
  number(): number {
    let zeros = 0;
    while (zeros < MAX_NUMBER_BITS && this.read(1) === 0) zeros += 1;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  signedNumber(): number {
    const number = this.number();
    return number % 2 === 0 ? -number / 2 : (number + 1) / 2;
  }
}
