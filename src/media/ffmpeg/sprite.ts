import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mediaUnreadable } from '../../errors.ts';
import type { Colours } from '../video/colours.ts';
import { ENCODERS, pictureOptions } from './decode.ts';
import { canToneMap, COUNTED, spriteFilter } from './filter.ts';
import { inputLimits, MAX_PIXELS, type TimeBudget } from './limits.ts';
import { readIfAny } from './picture.ts';
import { runCommand } from './run-command.ts';
import { createFfmpegCommand } from './run.ts';

export interface SpriteOptions {
  ffmpegPath: string;
  budget: TimeBudget;
  signal: AbortSignal;
}

/** A local MP4 file of our own making, with one key frame for each cell. */
export interface SpriteFrames {
  file: string;
  frames: number;
  colours: Colours;
}

/** The largest sprite, in bytes. A page with 24 cards would otherwise cost too much. */
export const MAX_SPRITE_BYTES = 80 * 1024;
/** The qualities of WebP (0 to 100) to try, and how much too large a sprite of the first one may be for each. */
const FIRST_QUALITY = 60;
const LOWER_QUALITIES = [
  { quality: 45, maxFactor: 1.2 },
  { quality: 30, maxFactor: 1.6 },
  { quality: 12, maxFactor: 2.6 },
  { quality: 1, maxFactor: Infinity },
];
const COUNTED_BYTES = COUNTED.width * COUNTED.height;

/**
 * Draws a storyboard as WebP, in the folder of the frames. One run of ffmpeg is enough, unless the picture is too large;
 * then ffmpeg draws it again with a lower quality. Returns null if ffmpeg does not decode every frame, because nobody
 * could tell which of the cells shows which frame, or if the picture is always too large.
 * @throws MediaUnreadable (timed out), ServiceFailed (ffmpeg cannot be run), and the signal's reason
 */
export async function makeSprite(
  source: SpriteFrames,
  options: SpriteOptions,
): Promise<Uint8Array | null> {
  const first = await drawSprite(source, FIRST_QUALITY, options);
  if (first === null || first.length <= MAX_SPRITE_BYTES) return first;
  const factor = first.length / MAX_SPRITE_BYTES;
  for (const { quality, maxFactor } of LOWER_QUALITIES) {
    if (factor > maxFactor) continue;
    const sprite = await drawSprite(source, quality, options);
    if (sprite === null || sprite.length <= MAX_SPRITE_BYTES) return sprite;
  }
  return null;
}

async function drawSprite(
  { file, frames, colours }: SpriteFrames,
  quality: number,
  { ffmpegPath, budget, signal }: SpriteOptions,
): Promise<Uint8Array | null> {
  signal.throwIfAborted();
  const folder = dirname(file);
  const sprite = join(folder, 'sprite.webp');
  const counted = join(folder, 'counted');
  const toneMaps = colours.hdr !== null && (await canToneMap(ffmpegPath));
  const filter = spriteFilter({ colours, canToneMap: toneMaps });
  const encoder = { ...ENCODERS.webp, options: ['-quality', String(quality)] };
  const command = createFfmpegCommand(ffmpegPath, folder)
    .input(`file:${basename(file)}`)
    .inputOptions('-nostdin', '-y', '-loglevel', 'error', '-threads', '1')
    .inputOptions(...inputLimits('mov', MAX_PIXELS))
    .output(`file:${basename(sprite)}`)
    .outputOptions('-filter_complex', filter, '-map', '[sprite]', ...pictureOptions(encoder))
    .output(`file:${basename(counted)}`)
    .outputOptions('-map', '[counted]', '-f', 'rawvideo');
  try {
    const outcome = await budget.spend((timeoutMs) => runCommand(command, { timeoutMs, signal }));
    if (outcome === 'timed out') throw mediaUnreadable('decoding the video timed out');
    const decoded = ((await readIfAny(counted))?.length ?? 0) / COUNTED_BYTES;
    return outcome === 'done' && decoded === frames ? await readIfAny(sprite) : null;
  } finally {
    await Promise.all([sprite, counted].map((path) => rm(path, { force: true })));
  }
}
