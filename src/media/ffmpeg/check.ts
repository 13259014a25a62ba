import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ThumbnailFormat } from '../../config.ts';

const TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/** ffmpeg's encoder for each format of thumbnails. */
const ENCODERS: Record<ThumbnailFormat, string> = {
  webp: 'libwebp',
  png: 'png',
  jpeg: 'mjpeg',
};

/**
 * Makes sure that ffmpeg and ffprobe run and that ffmpeg can make thumbnails; returns its version.
 * @throws Error with one sentence that says what to do
 */
export async function checkFfmpeg(options: {
  ffmpegPath: string;
  ffprobePath: string;
  thumbnailFormat: ThumbnailFormat;
}): Promise<string> {
  const version = await outputOf('FFMPEG_PATH', options.ffmpegPath, ['-version']);
  await outputOf('FFPROBE_PATH', options.ffprobePath, ['-version']);
  const encoder = ENCODERS[options.thumbnailFormat];
  const encoders = await outputOf('FFMPEG_PATH', options.ffmpegPath, ['-hide_banner', '-encoders']);
  if (!new RegExp(`\\b${encoder}\\b`).test(encoders)) {
    throw new Error(
      `${options.ffmpegPath} has no encoder ${encoder}: install another ffmpeg, or set THUMBNAIL_FORMAT to another format`,
    );
  }
  return `${/^ffmpeg version (\S+)/.exec(version)?.[1] ?? 'of unknown version'}, with ${encoder}`;
}

async function outputOf(setting: string, program: string, args: string[]): Promise<string> {
  try {
    return (await run(program, args, { timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(
      `${program} ${absent ? 'is not there' : "can't be run"}: install ffmpeg, or set ${setting} to its path`,
      { cause: error },
    );
  }
}
