import { basename, dirname } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import type { ThumbnailFormat } from '../../config.ts';
import { inputLimits, MAX_PIXELS } from './limits.ts';
import type { Demuxer } from '../sniff.ts';
import { tameFfmpeg } from './run.ts';
import { toolFailure } from './tool-failure.ts';

export interface FrameOptions {
  ffmpegPath: string;
  /** The clip; the picture and its grey copy are written into its folder. */
  file: string;
  picture: string;
  grey: string;
  demuxer: Demuxer;
  /** Of `pictureFilter`. */
  filter: string;
  atSeconds: number;
  format: ThumbnailFormat;
  timeoutMs: number;
  signal: AbortSignal;
}

/** `done` is no promise that there is a picture: ffmpeg exits with 0 without one as well. */
export type Outcome = 'done' | 'failed' | 'timed out';

/** Of the picture; a PNG of the largest size stays far below. */
const MAX_PICTURE_BYTES = '8388608';

const ENCODERS: Record<ThumbnailFormat, string[]> = {
  webp: ['-c:v', 'libwebp', '-quality', '80'],
  png: ['-c:v', 'png'],
  jpeg: ['-c:v', 'mjpeg', '-q:v', '3'],
};
const NO_TAGS = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact'];
const ONE_THREAD = ['-filter_complex_threads', '1', '-threads', '1'];

/**
 * Lets ffmpeg write one frame as a picture, turned as the clip says, and a small grey one to measure.
 * @throws ServiceFailed where ffmpeg can't be run, and the signal's reason; the child is dead by then
 */
export function decodeFrame(options: FrameOptions): Promise<Outcome> {
  const { signal, ffmpegPath, atSeconds } = options;
  const limits = inputLimits(options.demuxer, MAX_PIXELS);
  signal.throwIfAborted();
  // Names without their folder: neither `%` in a path nor ffmpeg's messages can play tricks with it.
  const command = tameFfmpeg(ffmpegPath, dirname(options.file))
    .input(`file:${basename(options.file)}`)
    .inputOptions('-nostdin', '-y', '-loglevel', 'error', '-threads', '1', ...limits)
    .output(`file:${basename(options.picture)}`)
    .outputOptions('-filter_complex', options.filter, '-map', '[picture]', '-frames:v', '1')
    .outputOptions(...ONE_THREAD, ...NO_TAGS, '-flags:v', '+bitexact', ...ENCODERS[options.format])
    .outputOptions('-fs', MAX_PICTURE_BYTES, '-f', 'image2', '-update', '1')
    .output(`file:${basename(options.grey)}`)
    .outputOptions('-map', '[grey]', '-frames:v', '1', '-f', 'rawvideo');

  // No `-ss 0`: a seek relies on the index of key frames, which may be wrong.
  if (atSeconds > 0) command.inputOptions('-ss', String(atSeconds));

  return new Promise((resolve, reject) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      command.kill('SIGKILL');
    }, options.timeoutMs);
    const abort = (): void => void command.kill('SIGKILL');
    const settle = (outcome: 'done' | 'failed' | ApplicationFailure): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason as Error);
      else if (timedOut) resolve('timed out');
      else if (typeof outcome === 'string') resolve(outcome);
      else reject(outcome);
    };
    signal.addEventListener('abort', abort, { once: true });
    command
      // A kill before the child is there would be lost.
      .on('start', () => {
        if (signal.aborted || timedOut) abort();
      })
      .on('end', () => settle('done'))
      .on('error', (error: NodeJS.ErrnoException) =>
        settle(toolFailure(error, 'ffmpeg') ?? 'failed'),
      )
      .run();
  });
}
