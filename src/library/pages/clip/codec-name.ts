import { lineOf } from '../format.ts';

/** The names that people know, by the names in records. */
const NAMES: Readonly<Record<string, string>> = {
  avc: 'H.264',
  h264: 'H.264',
  hevc: 'HEVC',
  h265: 'HEVC',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  mpeg4: 'MPEG-4',
  prores: 'ProRes',
};

/** Returns the name of a codec as readers know it, or null if the codec is unknown. */
export function codecName(codec: string | null): string | null {
  if (codec === null) return null;
  const key = codec.toLowerCase();
  return Object.hasOwn(NAMES, key) ? (NAMES[key] ?? null) : lineOf(codec);
}
