import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { MediaFacts } from '../../clip/state.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Thumbnail } from '../facts.ts';
import { PartialReadError } from '../fallback.ts';
import type { HdrTransfer } from '../ffmpeg/filter.ts';
import { requireMaxPixels } from '../ffmpeg/limits.ts';
import { choosePicture, type FrameAt, type PictureOptions } from '../ffmpeg/picture.ts';
import { temporaryFolderFailure } from '../work-folder.ts';
import { readFacts } from './facts.ts';
import { keyFrames } from './key-frames.ts';
import { openClip, type OpenClip } from './open.ts';

/** After this many key frames that ffmpeg cannot decode, the clip is downloaded. */
const MAX_UNDECODED_FRAMES = 2;

/**
 * Makes a clip's picture from its index and some of its key frames. ffmpeg never reads the untrusted file. ffmpeg reads
 * only new files in `folder`, which contain one frame each.
 * @throws PartialReadError if the clip cannot be read in parts, MediaUnreadable, MediaTooLarge, ServiceFailed, and the
 * errors of `source`
 */
export async function thumbnailFromParts(
  source: ByteSource,
  folder: string,
  options: PictureOptions,
): Promise<Thumbnail> {
  const watched = watchFailure(source);
  try {
    const clip = await openClip(watched);
    try {
      return await thumbnailOfClip(clip, folder, options);
    } finally {
      clip.close();
    }
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    // Mediabunny may wrap or swallow the error that the source threw.
    if (watched.failure !== undefined) throw watched.failure as Error;
    if (error instanceof ApplicationFailure || error instanceof PartialReadError) throw error;
    throw new PartialReadError('parser', String(error));
  }
}

async function thumbnailOfClip(
  clip: OpenClip,
  folder: string,
  options: PictureOptions,
): Promise<Thumbnail> {
  const facts = await readFacts(clip);
  options.onFacts(facts);
  if ((await clip.track.getCodec()) === null)
    throw new PartialReadError('codec', 'the codec is unknown');
  requireMaxPixels(facts);
  // The type that Mediabunny declares needs the browser's WebCodecs types.
  const { transfer } = (await clip.track.getColorSpace()) as { transfer?: string | null };
  const hdr = transfer === 'pq' || transfer === 'hlg' ? transfer : null;
  const frames = writeKeyFrames(clip, facts, folder, hdr);
  const picture = await choosePicture(frames, options, MAX_UNDECODED_FRAMES);
  if (picture === null) throw new PartialReadError('decoder', 'no key frame was decoded');
  return { picture, facts };
}

/**
 * Yields one key frame after another. Each key frame is written to the same file and replaces the previous key frame.
 */
async function* writeKeyFrames(
  clip: OpenClip,
  facts: MediaFacts,
  folder: string,
  hdr: HdrTransfer | null,
): AsyncGenerator<FrameAt> {
  const file = join(folder, 'frame.mp4');
  for await (const { mp4 } of keyFrames(clip, facts.durationSeconds)) {
    await writeFile(file, mp4).catch((error: unknown) => {
      throw temporaryFolderFailure(error);
    });
    yield { file, demuxer: 'mov', stream: 0, atSeconds: 0, hdr };
  }
}

/** Returns a source that remembers its first failure. */
function watchFailure(source: ByteSource): ByteSource & { failure: unknown } {
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
