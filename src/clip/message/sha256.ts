/**
 * Returns the SHA-256 of a text's UTF-8 bytes, in hexadecimal. `clip/` can't use node:crypto, because it also runs in
 * Temporal's sandbox.
 * Source: FIPS 180-4, https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.180-4.pdf
 */
export function sha256(text: string): string {
  const blocks = paddedBlocks(new TextEncoder().encode(text));
  const state = Uint32Array.from(FIRST_PRIMES.slice(0, STATE_WORDS), squareRootBits);
  for (let at = 0; at < blocks.byteLength; at += BLOCK_BYTES) addBlock(state, blocks, at);
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;
const STATE_WORDS = 8;
const ROUNDS = 64;

/** SHA-256's constants are the first 32 bits of the fractional parts of these primes' roots. */
const FIRST_PRIMES = primes(ROUNDS);
const ROUND_CONSTANTS = FIRST_PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));

function squareRootBits(prime: number): number {
  return fractionBits(Math.sqrt(prime));
}

function fractionBits(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}

/** Returns the bytes, a one bit, zeros, and the length in bits, which together fill whole blocks. */
function paddedBlocks(bytes: Uint8Array): DataView {
  const length = Math.ceil((bytes.length + 1 + LENGTH_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(length - LENGTH_BYTES, BigInt(bytes.length) * 8n);
  return view;
}

/** Mixes the block at `offset` into the state. The variables have the same names as in the standard. */
function addBlock(state: Uint32Array, blocks: DataView, offset: number): void {
  const w = new Uint32Array(ROUNDS);
  for (let t = 0; t < ROUNDS; t++)
    w[t] = t < 16 ? blocks.getUint32(offset + 4 * t) : nextWord(w, t);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < ROUNDS; t++) {
    const sumE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + sumE + choice + (ROUND_CONSTANTS[t] ?? 0) + (w[t] ?? 0)) | 0;
    const sumA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sumA + majority) | 0;
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) {
    state[index] = (state[index] ?? 0) + word;
  }
}

function nextWord(w: Uint32Array, t: number): number {
  const early = w[t - 15] ?? 0;
  const late = w[t - 2] ?? 0;
  const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
  const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
  return (w[t - 16] ?? 0) + sigma0 + (w[t - 7] ?? 0) + sigma1;
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
