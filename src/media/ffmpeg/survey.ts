import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EVERY_FRAME_ONCE, GREY } from './filter.ts';
import { inputLimits, MAX_PIXELS } from './limits.ts';
import {
  type Candidate,
  choosePicture,
  contrastOf,
  type FrameAt,
  hasEnoughContrast,
  type PictureOptions,
  readIfAny,
} from './picture.ts';
import { runCommand } from './run-command.ts';
import { createFfmpegCommand } from './run.ts';

/** How many frames of a survey are measured. They are spread evenly. */
const MAX_MEASURED_FRAMES = 64;
const GREY_BYTES = GREY.width * GREY.height;

/** Consecutive frames of a local file. */
export interface FrameSpan {
  first: FrameAt;
  /** How many frames there are. */
  frames: number;
  /** Returns the frame with this number. The first frame has the number 0. */
  frameAt: (number: number) => FrameAt;
}

/**
 * Looks for the frame with the most contrast in a span, and decodes it. Returns `earlier` if no frame has more
 * contrast, or if `earlier` already has enough. ffmpeg decodes the span once to measure it, and then once more up to the
 * chosen frame.
 * @throws ServiceFailed (ffmpeg cannot be run), and the signal's reason
 */
export async function surveyFrames(
  { first, frames, frameAt }: FrameSpan,
  options: PictureOptions,
  earlier: Candidate,
): Promise<Candidate> {
  if (hasEnoughContrast(earlier.contrast) || frames <= 0) return earlier;
  const step = Math.ceil(frames / MAX_MEASURED_FRAMES);
  const contrasts = await measureContrasts(first, step, Math.ceil(frames / step), options);
  const most = Math.max(...contrasts);
  if (!(most > earlier.contrast)) return earlier;
  const frame = frameAt(contrasts.indexOf(most) * step);
  return (await choosePicture([frame], options, 1, earlier)) ?? earlier;
}

/** Returns the ffmpeg filter that turns every `step`th frame of a stream into a small greyscale picture, `[grey]`. */
export function surveyFilter(stream: number, step: number): string {
  return [
    `[0:${stream}]select=not(mod(n\\,${step}))`,
    `scale=${GREY.width}:${GREY.height}:flags=area,format=gray`,
    `${EVERY_FRAME_ONCE}[grey]`,
  ].join(',');
}

/** Returns the contrast of every `step`th frame, at most `count` numbers. Returns `[]` if ffmpeg decodes no frame. */
async function measureContrasts(
  { file, demuxer, stream, atSeconds }: FrameAt,
  step: number,
  count: number,
  { ffmpegPath, budget, signal }: PictureOptions,
): Promise<number[]> {
  signal.throwIfAborted();
  // The same name as for a single frame, so that ffmpeg opens only files that it always opens.
  const grey = join(dirname(file), 'grey');
  const seek = atSeconds > 0 ? ['-ss', String(atSeconds)] : [];
  const filter = surveyFilter(stream, step);
  const limits = inputLimits(demuxer, MAX_PIXELS);
  const command = createFfmpegCommand(ffmpegPath, dirname(file))
    .input(`file:${basename(file)}`)
    .inputOptions('-nostdin', '-y', '-loglevel', 'error', '-threads', '1', ...limits, ...seek)
    .output(`file:${basename(grey)}`)
    .outputOptions('-filter_complex', filter, '-map', '[grey]', '-frames:v', String(count))
    .outputOptions('-filter_complex_threads', '1', '-f', 'rawvideo');
  try {
    await budget.spend((timeoutMs) => runCommand(command, { timeoutMs, signal }));
    const levels = (await readIfAny(grey)) ?? new Uint8Array(0);
    return Array.from({ length: Math.floor(levels.length / GREY_BYTES) }, (_, n) =>
      contrastOf(levels.subarray(n * GREY_BYTES, (n + 1) * GREY_BYTES)),
    );
  } finally {
    await rm(grey, { force: true });
  }
}
