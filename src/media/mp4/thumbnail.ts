import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFailure } from '../../errors.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { WatchedSource } from '../bytes/watched.ts';
import type { Thumbnail } from '../facts.ts';
import { PartialReadError } from '../fallback.ts';
import { requireMaxPixels } from '../ffmpeg/limits.ts';
import {
  type Candidate,
  choosePicture,
  type FrameAt,
  hasEnoughContrast,
  type PictureOptions,
} from '../ffmpeg/picture.ts';
import { type FrameSpan, surveyFrames } from '../ffmpeg/survey.ts';
import { namesAvcMatrix } from '../video/avc-matrix.ts';
import { type Colours, coloursOf } from '../video/colours.ts';
import { requireReadable } from '../video/readable.ts';
import { temporaryFolderFailure } from '../work-folder.ts';
import { readFacts } from './facts.ts';
import { type ClipFrame, keyFrames, laterKeyFrames, readFirstRun } from './key-frames.ts';
import { withOpenClip, type OpenClip } from './open.ts';
import { type Run, seekSeconds } from './run.ts';

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
  return await withOpenClip(source, { signal: options.signal }, (clip, watched) =>
    thumbnailOfClip(clip, watched, folder, options),
  );
}

async function thumbnailOfClip(
  clip: OpenClip,
  source: WatchedSource,
  folder: string,
  options: PictureOptions,
): Promise<Thumbnail> {
  const facts = await readFacts(clip);
  options.onFacts(facts);
  requireReadable(clip.moov.traits);
  if ((await clip.track.getCodec()) === null)
    throw new PartialReadError('codec', 'the codec is unknown');
  requireMaxPixels(facts);
  const colours = await readColours(clip);
  async function* firstFrames(): AsyncGenerator<FrameAt> {
    for await (const frame of keyFrames(clip, facts))
      yield await writeFrame(folder, frame, colours);
  }
  const found = await choosePicture(firstFrames(), options, MAX_UNDECODED_FRAMES);
  if (found === null) throw new PartialReadError('decoder', 'no key frame was decoded');
  if (hasEnoughContrast(found.contrast)) return { ...found.pictures, facts };

  async function* laterFrames(): AsyncGenerator<FrameAt> {
    for await (const frame of laterKeyFrames(source, clip))
      yield await writeFrame(folder, frame, colours);
  }
  const later = await improve(found, source, options, () =>
    choosePicture(laterFrames(), options, MAX_UNDECODED_FRAMES, found),
  );
  const { pictures } = await improve(later, source, options, async () => {
    const run = await readFirstRun(clip, facts);
    return run && surveyFrames(await writeRun(folder, run, colours), options, later);
  });
  return { ...pictures, facts };
}

/** Reads the colours from the file's boxes and from the settings of the decoder, without fetching a frame. */
export async function readColours({ track }: OpenClip): Promise<Colours> {
  // The type that Mediabunny declares needs the browser's WebCodecs types.
  const { transfer, matrix } = (await track.getColorSpace()) as {
    transfer?: string | null;
    matrix?: string | null;
  };
  return coloursOf({
    hdr: transfer === 'pq' || transfer === 'hlg' ? transfer : null,
    hasMatrix: typeof matrix === 'string' || (await namesOtherMatrix(track)),
    width: await track.getCodedWidth(),
    height: await track.getCodedHeight(),
  });
}

/** True if the settings of the decoder name a matrix that Mediabunny has no name for. ffmpeg reads such a matrix. */
async function namesOtherMatrix(track: OpenClip['track']): Promise<boolean> {
  if ((await track.getCodec()) !== 'avc') return false;
  const { description } = (await track.getDecoderConfig()) as { description?: Uint8Array };
  return description !== undefined && namesAvcMatrix(description);
}

/**
 * Returns what `look` finds. Returns `earlier` if `earlier` has enough contrast, if `look` finds nothing, or if the
 * clip makes `look` fail, because a dull picture is better than none.
 * @throws the errors of the server, ServiceFailed, and the signal's reason
 */
async function improve(
  earlier: Candidate,
  source: WatchedSource,
  { signal }: PictureOptions,
  look: () => Promise<Candidate | null>,
): Promise<Candidate> {
  if (hasEnoughContrast(earlier.contrast)) return earlier;
  // An earlier failure was ignored already, and would hide the failure of this look.
  source.failure = undefined;
  try {
    return (await look()) ?? earlier;
  } catch (error) {
    const failure = source.failure ?? error;
    const isServerFailure = source.failure !== undefined && !(failure instanceof PartialReadError);
    if (signal.aborted || isServerFailure || isFailure(error, 'ServiceFailed')) throw failure;
    return earlier;
  }
}

/** Writes a run to a file. Returns the first frames of the run that are shown without an interruption. */
async function writeRun(
  folder: string,
  { mp4, frames }: Run,
  colours: Colours,
): Promise<FrameSpan> {
  const start = frames.findIndex(({ isShown }) => isShown);
  const end = frames.findIndex(({ isShown }, at) => at > start && !isShown);
  const first = await writeFrame(folder, { mp4, seekSeconds: seekSeconds(frames, start) }, colours);
  return {
    first,
    frames: (end === -1 ? frames.length : end) - start,
    frameAt: (number) => ({ ...first, atSeconds: seekSeconds(frames, start + number) }),
  };
}

/** Writes a frame to a file, which replaces the file of the previous frame. */
async function writeFrame(
  folder: string,
  { mp4, seekSeconds: atSeconds }: Pick<ClipFrame, 'mp4' | 'seekSeconds'>,
  colours: Colours,
): Promise<FrameAt> {
  const file = join(folder, 'frame.mp4');
  await writeFile(file, mp4).catch((error: unknown) => {
    throw temporaryFolderFailure(error);
  });
  return { file, demuxer: 'mov', stream: 0, atSeconds, colours };
}
