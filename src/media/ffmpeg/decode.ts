import { basename, dirname } from 'node:path';
import type { ThumbnailFormat } from '../../config.ts';
import type { Demuxer } from '../sniff.ts';
import { inputLimits, MAX_PIXELS } from './limits.ts';
import { type DecodeOutcome, runCommand } from './run-command.ts';
import { createFfmpegCommand } from './run.ts';

export interface DecodeOptions {
  ffmpegPath: string;
  /** The path of the video. ffmpeg runs in the video's folder. */
  file: string;
  /** The path of the picture to write, in the same folder. */
  picture: string;
  /** The path of the poster image to write, in the same folder. */
  poster: string;
  /** The path of the greyscale copy to write, in the same folder. */
  grey: string;
  demuxer: Demuxer;
  /** The filter that `pictureFilter` returned. */
  filter: string;
  atSeconds: number;
  format: ThumbnailFormat;
  timeoutMs: number;
  signal: AbortSignal;
}

/** An encoder of ffmpeg, with the options for its quality. */
export interface Encoder {
  name: string;
  options: readonly string[];
}

/** ffmpeg's encoder for each thumbnail format. */
export const ENCODERS: Record<ThumbnailFormat, Encoder> = {
  webp: { name: 'libwebp', options: ['-quality', '80'] },
  png: { name: 'png', options: [] },
  jpeg: { name: 'mjpeg', options: ['-q:v', '3'] },
};

/**
 * The quality of poster images: 2 is the best, 31 the worst. See docs/performance.md for the sizes at this quality.
 */
const POSTER_QUALITY = 5;
/** ffmpeg's encoder for poster images. */
export const POSTER_ENCODER: Encoder = {
  name: ENCODERS.jpeg.name,
  options: ['-q:v', String(POSTER_QUALITY)],
};

/** The maximum number of bytes to write. A PNG with the largest allowed width and height is much smaller. */
const MAX_PICTURE_BYTES = 8 * 1024 * 1024;
/** Removes tags, because they may name a place, a device or a person. */
const NO_TAGS = [
  ...['-map_metadata', '-1', '-map_chapters', '-1'],
  ...['-fflags', '+bitexact', '-flags:v', '+bitexact'],
];
const ONE_THREAD = ['-filter_complex_threads', '1', '-threads', '1'];

/**
 * Decodes one frame with ffmpeg, and writes it as a picture, as a poster image and as a small greyscale copy. The
 * pictures are rotated according to the clip's rotation.
 * @throws ServiceFailed if ffmpeg cannot be run, or the signal's reason if the signal aborts. ffmpeg has always ended
 * before the error is thrown.
 */
export function decodeFrame(options: DecodeOptions): Promise<DecodeOutcome> {
  options.signal.throwIfAborted();
  return runCommand(frameCommand(options), options);
}

function frameCommand(options: DecodeOptions): ReturnType<typeof createFfmpegCommand> {
  const limits = inputLimits(options.demuxer, MAX_PIXELS);
  // Don't seek to 0, because a seek relies on the index of key frames, which may be wrong.
  const seek = options.atSeconds > 0 ? ['-ss', String(options.atSeconds)] : [];
  // Pass file names without the folder. In a path, ffmpeg treats `%` as a pattern. The messages of ffmpeg would also
  // show the path.
  return createFfmpegCommand(options.ffmpegPath, dirname(options.file))
    .input(`file:${basename(options.file)}`)
    .inputOptions('-nostdin', '-y', '-loglevel', 'error', '-threads', '1', ...limits, ...seek)
    .output(`file:${basename(options.picture)}`)
    .outputOptions('-filter_complex', options.filter, '-map', '[picture]')
    .outputOptions(...pictureOptions(ENCODERS[options.format]))
    .output(`file:${basename(options.poster)}`)
    .outputOptions('-map', '[poster]', ...pictureOptions(POSTER_ENCODER))
    .output(`file:${basename(options.grey)}`)
    .outputOptions('-map', '[grey]', '-frames:v', '1', '-f', 'rawvideo');
}

/** Returns the output options of one picture. */
export function pictureOptions({ name, options }: Encoder): string[] {
  return [
    ...['-frames:v', '1', ...ONE_THREAD, ...NO_TAGS],
    ...['-c:v', name, ...options],
    ...['-fs', String(MAX_PICTURE_BYTES), '-f', 'image2', '-update', '1'],
  ];
}
