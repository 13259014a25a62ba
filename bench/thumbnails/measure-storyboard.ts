import { open } from 'node:fs/promises';
import { fileSource } from '../../src/media/bytes/source.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { fetchStoryboardFrames } from '../../src/media/mp4/storyboard/read.ts';
import { roundTo } from '../support/numbers.ts';
import type { JobResult } from './ways.ts';

/** The cost of a storyboard. */
export interface StoryboardCost {
  bytes: number;
  /** The bytes of `moov` plus those of all frames of the storyboard; null if there is none. */
  limitBytes: number | null;
  requests: number;
  wallSeconds: number;
  cpuSeconds: number;
  /** 0 if there is no storyboard. */
  frames: number;
  pictureBytes: number;
  error: string | null;
}

/** Returns what the storyboard of a file cost, beside the least that it could cost. */
export async function describeStoryboard(
  made: JobResult & { bytes: number; requests: number },
  path: string,
): Promise<StoryboardCost> {
  return {
    bytes: made.bytes,
    limitBytes: made.times.length === 0 ? null : await computeStoryboardLimit(path, made.times),
    requests: made.requests,
    wallSeconds: roundTo(3, made.wallSeconds),
    cpuSeconds: roundTo(3, made.cpuSeconds),
    frames: made.times.length,
    pictureBytes: made.picture === null ? 0 : Buffer.from(made.picture, 'base64').length,
    error: made.error,
  };
}

/** Adds up the bytes of `moov` and of the key frames with these times. */
async function computeStoryboardLimit(
  path: string,
  times: readonly number[],
): Promise<number | null> {
  const file = await open(path);
  try {
    const source = await fileSource(file);
    const clip = await openClip(source, { maxFragments: 1 });
    const limits = { maxBytes: () => Infinity, smallReadBytes: 0 };
    const frames = await fetchStoryboardFrames(clip, source, await readFacts(clip), limits);
    clip.close();
    const shown = frames.filter(({ atSeconds }) => times.includes(roundTo(3, atSeconds)));
    return shown.reduce((sum, { packet }) => sum + packet.byteLength, clip.moov.bytes.length);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}
