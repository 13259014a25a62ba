import { mediaUnreadable } from '../../errors.ts';
import type { Thumbnail } from '../facts.ts';
import type { Demuxer } from '../sniff.ts';
import { requireReadable } from '../video/readable.ts';
import { maxDecodedFrames } from './decode-work.ts';
import { requireMaxPixels } from './limits.ts';
import { countSurveyFrames, firstFrame, framesToTry } from './moments.ts';
import { choosePicture, type FrameAt, type PictureOptions } from './picture.ts';
import { probe } from './probe.ts';
import { surveyFrames } from './survey.ts';

/**
 * Makes the picture of a local file, in the file's folder. ffprobe and ffmpeg read the untrusted file.
 * @throws MediaUnreadable, MediaTooLarge (pixels), ServiceFailed (ffmpeg cannot be run), and the signal's
 * reason
 */
export async function thumbnailFromFile(
  file: string,
  demuxer: Demuxer,
  options: PictureOptions & { ffprobePath: string },
): Promise<Thumbnail> {
  const { ffprobePath, budget, signal } = options;
  const probed = await budget.spend((timeoutMs) =>
    probe(ffprobePath, file, { demuxer, signal, timeoutMs }),
  );
  const { facts, stream, colours, traits } = probed;
  options.onFacts(facts);
  requireReadable(traits);
  requireMaxPixels(facts);
  const first: FrameAt = { file, demuxer, stream, colours, atSeconds: 0 };
  const frameBudget = { left: maxDecodedFrames(facts), hidden: 0 };
  const frames = framesToTry(first, probed, frameBudget, options);
  // The claimed length may be wrong. If there is no frame at the first moment, try the file's first frame.
  const found =
    (await choosePicture(frames, options, 1)) ??
    (await choosePicture(firstFrame(first, frameBudget), options, 1));
  if (found === null) throw mediaUnreadable('no frame of the video could be decoded');
  const span = {
    first,
    frames: countSurveyFrames(facts, frameBudget),
    frameAt: (number: number): FrameAt => ({ ...first, skipFrames: number }),
  };
  const { pictures } = await surveyFrames(span, options, found);
  return { ...pictures, facts };
}
