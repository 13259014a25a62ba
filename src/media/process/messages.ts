import { ApplicationFailure } from '@temporalio/common';
import { failureText, messageOf } from '../../errors.ts';
import type { AnnouncedFile, Storyboard } from '../../activities/ports.ts';
import type { MediaSettings } from '../create-media.ts';
import type { Thumbnail } from '../facts.ts';
import type { FallbackReason } from '../fallback.ts';
import type { SandboxOptions } from '../ffmpeg/sandbox/sandbox.ts';

// The messages between a worker and its media process.

/** The settings of the media process, which it gets as JSON. */
export interface MediaProcessSettings extends MediaSettings {
  /** If this option is absent, ffmpeg and ffprobe run without a sandbox. */
  sandbox?: SandboxOptions;
}

/** A message that tells the media process to make the pictures of a clip. */
export type WorkOrder =
  | { id: number; make: 'thumbnail'; url: string; announced: AnnouncedFile }
  | { id: number; make: 'storyboard'; url: string };

/** A message that tells the media process to start work, or to stop it. */
export type Order = WorkOrder | { id: number; stop: true };

/** What the media process makes. A clip may have no storyboard. */
export interface Made {
  thumbnail: Thumbnail;
  storyboard: Storyboard | null;
}

/** A message from the media process. Work that was stopped is reported as a failure. */
export type Answer =
  | { id: number; progress: true }
  | { id: number; made: Made[keyof Made] }
  | { id: number; failure: FailureMessage }
  | { fallback: FallbackReason; path: string }
  | { noSandbox: string; isExpected: boolean };

/** A failure as plain data, because structured clone drops an error's own fields. */
export interface FailureMessage {
  message: string;
  /** This field is absent if the error was not an ApplicationFailure. */
  application?: {
    type: string;
    nonRetryable: boolean;
    category: ApplicationFailure['category'] | null;
    nextRetryMs: number | null;
    details: unknown[];
  };
}

export function toFailureMessage(error: unknown): FailureMessage {
  if (!(error instanceof ApplicationFailure)) return { message: messageOf(error) };
  const { message, type, nonRetryable, category, details } = error;
  // `errors.ts` sets milliseconds; Temporal would also accept a text such as "5 s".
  const nextRetryDelay: unknown = error.nextRetryDelay;
  return {
    message,
    application: {
      type: type ?? 'Error',
      nonRetryable: nonRetryable ?? false,
      category: category ?? null,
      nextRetryMs: typeof nextRetryDelay === 'number' ? nextRetryDelay : null,
      details: details ?? [],
    },
  };
}

export function fromFailureMessage(failed: FailureMessage): Error {
  const { application } = failed;
  // The media process reads files of strangers, so what it says may be their words.
  const message = failureText(failed.message);
  if (!application) return new Error(message);
  const { type, nonRetryable, category, nextRetryMs, details } = application;
  return ApplicationFailure.create({
    message,
    type,
    nonRetryable,
    details,
    ...(category && { category }),
    ...(nextRetryMs !== null && { nextRetryDelay: nextRetryMs }),
  });
}
