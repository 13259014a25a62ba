import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '../../bytes/source.ts';
import { PartialReadError } from '../../fallback.ts';
import { requireMaxPixels } from '../../ffmpeg/limits.ts';
import { makeSprite, type SpriteOptions } from '../../ffmpeg/sprite.ts';
import { requireReadable } from '../../video/readable.ts';
import { temporaryFolderFailure } from '../../work-folder.ts';
import { writeKeyFrames } from '../excerpt.ts';
import { readFacts } from '../facts.ts';
import { withOpenClip, type OpenClip } from '../open.ts';
import { readColours } from '../thumbnail.ts';
import { fetchStoryboardFrames } from './read.ts';

/** A sprite, and the times of its frames in the order of its cells, row by row. */
export interface SpriteWithTimes {
  /** A WebP picture. */
  bytes: Uint8Array;
  /** Seconds from the start of the clip. */
  times: number[];
}

export interface StoryboardOptions extends SpriteOptions {
  /** Returns how many more bytes may be fetched. */
  maxBytes: () => number;
  /** What a frame costs at least, because a small read fetches more than asked. */
  smallReadBytes: number;
}

/** The times in records have milliseconds. */
const MS_PER_SECOND = 1000;

/**
 * Makes a clip's storyboard from its index and some of its key frames. ffmpeg reads only a new file with these frames.
 * Returns null if the clip has too few key frames, if they cost too much, or if a frame cannot be decoded.
 * @throws PartialReadError if the clip cannot be read in parts, MediaUnreadable, MediaTooLarge, ServiceFailed, and the
 * errors of `source`
 */
export async function storyboardFromParts(
  source: ByteSource,
  folder: string,
  options: StoryboardOptions,
): Promise<SpriteWithTimes | null> {
  return await withOpenClip(source, { signal: options.signal, maxFragments: 1 }, (clip, watched) =>
    storyboardOfClip(clip, watched, folder, options),
  );
}

async function storyboardOfClip(
  clip: OpenClip,
  source: ByteSource,
  folder: string,
  options: StoryboardOptions,
): Promise<SpriteWithTimes | null> {
  const facts = await readFacts(clip);
  requireReadable(clip.moov.traits);
  if ((await clip.track.getCodec()) === null)
    throw new PartialReadError('codec', 'the codec is unknown');
  requireMaxPixels(facts);
  const colours = await readColours(clip);
  const frames = await fetchStoryboardFrames(clip, source, facts, options);
  if (frames.length === 0) return null;
  const packets = frames.map(({ packet }) => packet);
  const file = join(folder, 'frames.mp4');
  const mp4 = await writeKeyFrames(clip.track, packets);
  await writeFile(file, mp4).catch((error: unknown) => {
    throw temporaryFolderFailure(error);
  });
  const bytes = await makeSprite({ file, frames: frames.length, colours }, options);
  if (bytes === null) return null;
  const times = frames.map(
    ({ atSeconds }) => Math.round(atSeconds * MS_PER_SECOND) / MS_PER_SECOND,
  );
  return { bytes, times };
}
