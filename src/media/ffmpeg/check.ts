import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ThumbnailFormat } from '../../config.ts';
import { ENCODERS, POSTER_ENCODER } from './decode.ts';

const TIMEOUT_MS = 10_000;
const execute = promisify(execFile);

/**
 * Checks that ffmpeg and ffprobe run and that ffmpeg can write thumbnails, poster images and storyboards. Returns ffmpeg's version and
 * encoder, such as `7.1, with libwebp`.
 * @throws Error with one sentence that says what to do
 */
export async function checkFfmpeg(options: {
  ffmpegPath: string;
  ffprobePath: string;
  thumbnailFormat: ThumbnailFormat;
  storyboards: boolean;
  /** The environment of ffmpeg and ffprobe. The environment must not contain secrets. */
  environment: Record<string, string>;
}): Promise<string> {
  const { ffmpegPath, ffprobePath, thumbnailFormat, storyboards, environment } = options;
  const run = (setting: string, program: string, ...args: string[]): Promise<string> =>
    outputOf(setting, program, args, environment);
  // ffmpeg prints its version before the list. A call of its own for the version takes 0.12 s of CPU time.
  const encoders = await run('FFMPEG_PATH', ffmpegPath, '-encoders');
  await run('FFPROBE_PATH', ffprobePath, '-version');
  const { name } = ENCODERS[thumbnailFormat];
  const has = (encoder: string): boolean => new RegExp(`^ V\\S+ ${encoder} `, 'm').test(encoders);
  if (name !== POSTER_ENCODER.name && !has(name)) {
    throw new Error(
      `${ffmpegPath} has no encoder ${name}: install another ffmpeg, or set THUMBNAIL_FORMAT to another format`,
    );
  }
  if (!has(POSTER_ENCODER.name)) {
    throw new Error(
      `${ffmpegPath} has no encoder ${POSTER_ENCODER.name}, which writes the poster images: install another ffmpeg`,
    );
  }
  if (storyboards && !has(ENCODERS.webp.name)) {
    throw new Error(
      `${ffmpegPath} has no encoder ${ENCODERS.webp.name}, which writes the storyboards: install another ffmpeg, or set STORYBOARDS=no`,
    );
  }
  return `${/^ffmpeg version (\S+)/m.exec(encoders)?.[1] ?? 'unknown version'}, with ${name}`;
}

/** Returns standard error and standard output. */
async function outputOf(
  setting: string,
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<string> {
  try {
    const { stdout, stderr } = await execute(program, args, { timeout: TIMEOUT_MS, env });
    return `${stderr}\n${stdout}`;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const fault = isMissing ? 'not found' : 'cannot be run';
    throw new Error(`${program} ${fault}: install ffmpeg, or set ${setting} to its path`, {
      cause: error,
    });
  }
}
