import type { MediaFacts } from '../../clip/state.ts';
import { mediaTooLarge } from '../../errors.ts';
import type { Demuxer } from '../sniff.ts';

/** 7680 × 4320 in whole 64-pixel blocks, which some codecs round up to. */
export const MAX_PIXELS = 7680 * 4352;

/** @throws MediaTooLarge where a video has more */
export function requireFewPixels({ width = 0, height = 0 }: MediaFacts): void {
  if (width * height > MAX_PIXELS)
    throw mediaTooLarge(`the video has ${width} × ${height} pixels: more than 7680 × 4320`);
}

/** Of one block; a decoded 8K picture of 10 bits has 100 MB. A decompression bomb ends here. */
const MAX_ALLOC = 256 * 1024 * 1024;

/** What ffprobe and ffmpeg may write to: an 8K frame of 10 bits takes 300 MB to decode on one thread. */
export const MAX_CHILD_MEMORY = 400 * 1024 * 1024;

/** How long ffprobe and ffmpeg may take for one clip, all of them together, in milliseconds. */
export const TIME_LIMIT_MS = 20_000;

/**
 * What ffprobe and ffmpeg are told before `-i`: one demuxer, and files alone. A clip's bytes can name
 * other files and hosts (playlists, data references); with these options nothing follows them.
 */
export const inputLimits = (demuxer: Demuxer, maxPixels: number): string[] => [
  ...['-protocol_whitelist', 'file', '-f', demuxer],
  ...['-max_alloc', String(MAX_ALLOC), '-max_pixels', String(maxPixels)],
];
