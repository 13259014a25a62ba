import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Picture } from '../activities/ports.ts';
import type { MediaFacts } from '../clip/state.ts';
import type { ThumbnailFormat } from '../config.ts';
import { mediaUnreadable } from '../errors.ts';
import { decodeFrame } from './decode-frame.ts';
import { probe } from './probe.ts';
import { type Demuxer, imageType } from './sniff.ts';

export interface PictureOptions {
  ffmpegPath: string;
  ffprobePath: string;
  format: ThumbnailFormat;
  demuxer: Demuxer;
  /** For ffprobe and ffmpeg together, in milliseconds. */
  timeLimitMs: number;
  signal: AbortSignal;
}

/**
 * Makes the picture of a local file, in its folder.
 * @throws MediaUnreadable, MediaTooLarge (pixels), ServiceFailed (no ffmpeg), and the signal's reason
 */
export async function makePicture(
  file: string,
  options: PictureOptions,
): Promise<{ picture: Picture; facts: MediaFacts }> {
  const endAt = Date.now() + options.timeLimitMs;
  const left = (): number => Math.max(1, endAt - Date.now());
  const { facts, stream } = await probe(options.ffprobePath, file, {
    ...options,
    timeoutMs: left(),
  });

  const { contentType, extension } = imageType(options.format, extensionOf(options.format));
  const target = join(dirname(file), `picture.${extension}`);
  for (const atSeconds of momentsOf(facts)) {
    const timeoutMs = left();
    const outcome = await decodeFrame({
      ...options,
      file,
      picture: target,
      stream,
      atSeconds,
      timeoutMs,
    });
    if (outcome === 'timed out') throw mediaUnreadable('the video takes too long to decode');
    const bytes = outcome === 'done' ? await bytesAt(target) : null;
    if (bytes) return { picture: { bytes, contentType, extension }, facts };
    await rm(target, { force: true });
  }
  throw mediaUnreadable('no picture can be made of the video');
}

/** The first frame is often black, so a tenth of the way is tried before it; 3 s at most to decode. */
function momentsOf({ durationSeconds = 0 }: MediaFacts): number[] {
  const tenth = Math.min(3, durationSeconds / 10);
  return tenth > 0.04 ? [Number(tenth.toFixed(3)), 0] : [0];
}

const extensionOf = (format: ThumbnailFormat): string => (format === 'jpeg' ? 'jpg' : format);

async function bytesAt(path: string): Promise<Uint8Array | null> {
  const file = await open(path).catch(() => null);
  if (!file) return null;
  try {
    const bytes = await file.readFile();
    return bytes.length > 0 ? bytes : null;
  } finally {
    await file.close();
  }
}
