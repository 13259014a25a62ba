import type { Row } from './measure.ts';

const MAX_REQUESTS = 4;
/**
 * The most that a thumbnail may cost, as fractions of what the old way costs. The old way downloads the whole clip,
 * then runs ffprobe and ffmpeg.
 */
const MAX_CPU_SHARE = 0.6;
const MAX_BYTES_SHARE = 0.02;
/**
 * A clip may read at most MAX_BYTES_FACTOR times the lower limit, plus MAX_EXTRA_BYTES. The lower limit is the number
 * of bytes that any reader needs at least.
 */
const MAX_BYTES_FACTOR = 1.3;
const MAX_EXTRA_BYTES = 64 * 1024;

/** A storyboard sends one request for each of ten frames, and three for the index. */
const MAX_STORYBOARD_REQUESTS = 13;
/** The most that a storyboard may cost of a clip over 20 MB. */
const MAX_STORYBOARD_SHARE = 0.08;
const LARGE_CLIP_BYTES = 20e6;
const MAX_STORYBOARD_BYTES = 80 * 1024;

/** Returns a line for each target that the storyboard of a game-recorder clip misses. */
export function findStoryboardMisses({ file, clipBytes, storyboard }: Row): string[] {
  const { bytes, limitBytes, requests, pictureBytes, frames, error } = storyboard;
  const maxBytes = MAX_BYTES_FACTOR * (limitBytes ?? 0) + MAX_EXTRA_BYTES;
  const maxShareBytes = clipBytes > LARGE_CLIP_BYTES ? MAX_STORYBOARD_SHARE * clipBytes : Infinity;
  return [
    error !== null && error,
    frames < 4 && `the storyboard has ${frames} frames`,
    bytes > maxBytes && `the storyboard read ${bytes} bytes, more than ${Math.round(maxBytes)}`,
    bytes > maxShareBytes && `the storyboard read ${bytes} bytes, more than 8 % of the clip`,
    requests > MAX_STORYBOARD_REQUESTS && `the storyboard sent ${requests} requests`,
    pictureBytes > MAX_STORYBOARD_BYTES && `the storyboard has ${pictureBytes} bytes`,
  ].flatMap((miss) => (miss === false ? [] : [`MISSED ${file}: ${miss}`]));
}

/**
 * Returns a line for each target that a game-recorder clip misses. A clip without a picture also misses a
 * target.
 */
export function findMisses(row: Row): string[] {
  const { file, bytes, limitBytes, requests, cpuSeconds, oldCpuSeconds, oldBytes } = row;
  const { error, fallback } = row;
  const maxBytes = MAX_BYTES_FACTOR * (limitBytes ?? 0) + MAX_EXTRA_BYTES;
  const isMedium = file.includes('30MB');
  return [
    error !== null && error,
    fallback !== null && `downloaded whole (${fallback})`,
    bytes > maxBytes && `read ${bytes} bytes, more than ${Math.round(maxBytes)}`,
    isMedium &&
      bytes > MAX_BYTES_SHARE * oldBytes &&
      `read ${bytes} bytes; the old way reads ${oldBytes}`,
    requests > MAX_REQUESTS && `sent ${requests} requests, more than ${MAX_REQUESTS}`,
    cpuSeconds > MAX_CPU_SHARE * oldCpuSeconds &&
      `took ${cpuSeconds} s of CPU; the old way takes ${oldCpuSeconds} s`,
  ].flatMap((miss) => (miss === false ? [] : [`MISSED ${file}: ${miss}`]));
}
