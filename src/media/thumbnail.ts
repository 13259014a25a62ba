import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { AnnouncedFile } from '../activities/ports.ts';
import type { MediaFacts } from '../clip/state.ts';
import { isFailure, serviceFailed } from '../errors.ts';
import { fileSource } from './bytes/source.ts';
import type { Thumbnail } from './facts.ts';
import { type FallbackReason, isServerReason, PartialReadError } from './fallback.ts';
import { TimeBudget } from './ffmpeg/limits.ts';
import type { PictureOptions } from './ffmpeg/picture.ts';
import { thumbnailFromFile } from './ffmpeg/thumbnail.ts';
import { contradictionIn, type FileAnswer } from './http/answer.ts';
import { downloadTo, fileTooLarge } from './http/download.ts';
import { RateClock } from './http/minimum-rate.ts';
import { openRangeSource, type RangeOptions } from './http/ranges.ts';
import { requireKnownMatroskaCodec } from './matroska.ts';
import { thumbnailFromParts } from './mp4/thumbnail.ts';
import { requireVideo } from './sniff.ts';

export interface ThumbnailOptions extends RangeOptions, Omit<PictureOptions, 'budget' | 'onFacts'> {
  ffprobePath: string;
  /** The time that ffprobe and ffmpeg may take, together. */
  timeLimitMs: number;
  /** Called before a whole clip is downloaded. */
  onFallback: (reason: FallbackReason) => void;
  /** What Discord says about the file. */
  announced?: AnnouncedFile;
}

type BudgetedOptions = ThumbnailOptions & PictureOptions;

/**
 * Makes a clip's picture in `folder`. Reads the clip in parts if possible. Otherwise downloads the whole clip, unless
 * the clip is larger than `maxBytes`.
 * @throws LinkExpired, RateLimited, MediaUnreadable, MediaTooLarge, ServiceFailed, and the signal's reason. If the
 * clip's facts were read before the failure, the error contains the facts in `details[0]`.
 */
export async function thumbnailFromUrl(
  url: string,
  folder: string,
  options: ThumbnailOptions,
): Promise<Thumbnail> {
  const facts: MediaFacts = {};
  const onFacts = (read: MediaFacts): void => void Object.assign(facts, read);
  const budget = new TimeBudget(options.timeLimitMs);
  const answers: FileAnswer[] = [];
  const onFileAnswer = (answer: FileAnswer): void => void answers.push(answer);
  try {
    const rateClock = new RateClock(options.rateWindowMs);
    return await fromParts(url, folder, { ...options, budget, rateClock, onFacts, onFileAnswer });
  } catch (error) {
    const blamed = blameServer(error, answers, options);
    // If the server sent another file, leave out that file's facts, because they say nothing about the clip.
    throw blamed ?? withFacts(error, facts);
  }
}

/**
 * Returns ServiceFailed if the file counts as unreadable or too large, but is not the file that Discord announced: the
 * server sent something else, such as an error page with status 200. Returns null if the file itself is at fault.
 */
function blameServer(
  error: unknown,
  answers: readonly FileAnswer[],
  { announced = {} }: ThumbnailOptions,
): Error | null {
  if (!isFailure(error, 'MediaUnreadable') && !isFailure(error, 'MediaTooLarge')) return null;
  for (const answer of answers) {
    const contradiction = contradictionIn(answer, announced);
    if (contradiction !== null) {
      return serviceFailed(
        `the media server answered with status ${answer.status}, but sent ${contradiction}: check the server and any proxies in front of it`,
      );
    }
  }
  return null;
}

async function fromParts(
  url: string,
  folder: string,
  options: BudgetedOptions,
): Promise<Thumbnail> {
  let sizeBytes = 0;
  try {
    const source = await openRangeSource(url, options);
    sizeBytes = source.size;
    await requireKnownMatroskaCodec(source);
    return await thumbnailFromParts(source, folder, options);
  } catch (error) {
    if (!(error instanceof PartialReadError)) throw error;
    // The server has already reported the size, so no request is needed.
    if (sizeBytes > options.maxBytes) throw fileTooLarge(options.maxBytes);
    options.onFallback(error.reason);
    return await fromDownload(url, folder, error.reason, options);
  }
}

async function fromDownload(
  url: string,
  folder: string,
  reason: FallbackReason,
  options: BudgetedOptions,
): Promise<Thumbnail> {
  const file = join(folder, 'clip');
  const head = await downloadTo(file, url, options);
  if (isServerReason(reason)) {
    // ffmpeg reads an untrusted container only if nothing else works.
    const thumbnail = await fromPartsOfFile(file, folder, options);
    if (thumbnail) return thumbnail;
  }
  return await thumbnailFromFile(file, requireVideo(head), options);
}

/** Returns null if the file cannot be read in parts. */
async function fromPartsOfFile(
  file: string,
  folder: string,
  options: BudgetedOptions,
): Promise<Thumbnail | null> {
  const handle = await open(file);
  try {
    return await thumbnailFromParts(await fileSource(handle), folder, options);
  } catch (error) {
    if (error instanceof PartialReadError) return null;
    throw error;
  } finally {
    await handle.close();
  }
}

/** Adds the facts to a failure. The facts are valid even if there is no picture. */
function withFacts(error: unknown, facts: MediaFacts): unknown {
  if (!(error instanceof ApplicationFailure) || Object.keys(facts).length === 0) return error;
  return ApplicationFailure.fromError(error, { details: [facts] });
}
