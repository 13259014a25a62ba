import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { Picture } from '../../activities/ports.ts';
import type { MediaFacts } from '../../clip/state.ts';
import { serviceFailed } from '../../errors.ts';
import type { ByteSource } from '../bytes/source.ts';
import { keyFrames } from './key-frames.ts';
import { requireFewPixels } from '../ffmpeg/limits.ts';
import { NotSparse } from '../fallback.ts';
import { openClip, type OpenClip } from './open.ts';
import type { HdrTransfer } from '../ffmpeg/filter.ts';
import { bestPicture, type FrameAt, type PictureOptions } from '../ffmpeg/picture.ts';
import { sparseFacts } from './facts.ts';

/** A picture, and what the file says of itself. */
export interface Made {
  picture: Picture;
  facts: MediaFacts;
}

/**
 * Makes the picture of a clip out of its index and a key frame or two. ffmpeg gets files of our own
 * making, one frame each, in `folder`.
 * @throws NotSparse where the clip can't be read so, MediaUnreadable, MediaTooLarge, ServiceFailed, and
 * what `source` throws
 */
export async function sparseThumbnail(
  source: ByteSource,
  folder: string,
  options: PictureOptions,
): Promise<Made> {
  const watched = watch(source);
  try {
    const clip = await openClip(watched);
    try {
      return await makeOf(clip, folder, options);
    } finally {
      clip.close();
    }
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    // Mediabunny may wrap what the source threw, or lose it.
    if (watched.failure !== undefined) throw watched.failure as Error;
    if (error instanceof ApplicationFailure || error instanceof NotSparse) throw error;
    throw new NotSparse('parser', String(error));
  }
}

async function makeOf(clip: OpenClip, folder: string, options: PictureOptions): Promise<Made> {
  const facts = await sparseFacts(clip);
  options.onFacts(facts);
  if ((await clip.track.getCodec()) === null) throw new NotSparse('codec', 'an unknown one');
  requireFewPixels(facts);
  // Its types are of the browser's WebCodecs, which we have none of.
  const { transfer } = (await clip.track.getColorSpace()) as { transfer?: string | null };
  const hdr = transfer === 'pq' || transfer === 'hlg' ? transfer : null;
  const picture = await bestPicture(framesOf(clip, facts, folder, hdr), options, 2);
  if (picture === null) throw new NotSparse('decoder', 'no key frame gives a picture');
  return { picture, facts };
}

async function* framesOf(
  clip: OpenClip,
  facts: MediaFacts,
  folder: string,
  hdr: HdrTransfer | null,
): AsyncGenerator<FrameAt> {
  const file = join(folder, 'frame.mp4');
  for await (const frame of keyFrames(clip, facts.durationSeconds)) {
    await writeFile(file, frame.mp4).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      throw serviceFailed(`a frame cannot be kept in the temporary folder: ${code}`);
    });
    yield { file, demuxer: 'mov', stream: 0, atSeconds: 0, hdr };
  }
}

/** Remembers the first failure of a source. */
function watch(source: ByteSource): ByteSource & { failure: unknown } {
  const watched = {
    size: source.size,
    failure: undefined as unknown,
    read: (start: number, end: number) =>
      source.read(start, end).catch((error: unknown) => {
        watched.failure ??= error;
        throw error;
      }),
  };
  return watched;
}
