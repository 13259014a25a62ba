import { isFailure } from '../../errors.ts';
import type { ByteSource } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { readBoxHeader, viewOf } from './boxes.ts';
import { MAX_INDEX_BYTES, readIndexedOffsets } from './fragment-index.ts';
import type { Fragments } from './fragments.ts';
import { checkMoof } from './moof.ts';
import type { Track } from './tables.ts';

/** How many fragments after the last indexed one are read. Only fragments with a key frame are indexed. */
const MAX_LAST_FRAGMENTS = 4;

/** The most boxes after the last indexed fragment. A fragment has two boxes. */
const MAX_BOXES = 16;

/**
 * Returns the time in seconds from the start of the first fragment to the end of the last one. Returns 0 if the file's
 * index of fragments (`mfra`) does not lead to a fragment whose frames have times.
 * @throws the errors of `source`, except that a damaged index counts as none
 */
export async function secondsToLastFragment(
  source: ByteSource,
  video: Track,
  fragments: Fragments,
): Promise<number> {
  const startTicks = fragments.timing?.startTicks ?? null;
  if (startTicks === null || video.timescale === 0) return 0;
  try {
    const at = (await readIndexedOffsets(source, video.id)).at(-1) ?? 0;
    const endTicks = at < fragments.end ? 0 : await endOfFragments(source, at, video);
    return Math.max(0, endTicks - startTicks) / video.timescale;
  } catch (error) {
    // The index or the last fragment is damaged. The clip's picture does not depend on them.
    if (error instanceof PartialReadError || isFailure(error, 'MediaUnreadable')) return 0;
    throw error;
  }
}

/**
 * Returns when the last frame of a track ends, in ticks. Returns 0 if no fragment at or after `from` has a time, or if
 * so many fragments follow that the index is wrong.
 */
async function endOfFragments(source: ByteSource, from: number, video: Track): Promise<number> {
  const tracks = new Map([[video.id, video]]);
  let endTicks = 0;
  let found = 0;
  let at = from;
  for (let boxes = 0; source.size - at >= 16; boxes++) {
    if (boxes === MAX_BOXES) return 0;
    const header = readBoxHeader(viewOf(await source.read(at, at + 16)), 0, 16);
    const end = at + (header.length ?? source.size - at);
    if (end - at < header.headerBytes || end > source.size) return 0;
    if (header.name === 'moof') {
      found += 1;
      if (found > MAX_LAST_FRAGMENTS || end - at > MAX_INDEX_BYTES) return 0;
      const { timings } = checkMoof(new Uint8Array(await source.read(at, end)), tracks);
      const timing = timings.get(video);
      if (timing && timing.startTicks !== null)
        endTicks = Math.max(endTicks, timing.startTicks + timing.ticks);
    }
    at = end;
  }
  return endTicks;
}
