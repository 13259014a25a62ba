import { ApplicationFailure } from '@temporalio/common';
import { messageOf } from '../../errors.ts';

/** A failure on its way from one process to another: an error's own fields don't survive that. */
export interface FailureMessage {
  message: string;
  /** Absent: it was none of ours. */
  application?: {
    type: string;
    nonRetryable: boolean;
    category: ApplicationFailure['category'] | null;
    nextRetryDelay: number | null;
    details: unknown[];
  };
}

export function toMessage(error: unknown): FailureMessage {
  if (!(error instanceof ApplicationFailure)) {
    return { message: messageOf(error) };
  }
  const { message, type, nonRetryable, category, details } = error;
  // Ours are milliseconds.
  const nextRetryDelay: unknown = error.nextRetryDelay;
  return {
    message,
    application: {
      ...{ type: type ?? 'Error', nonRetryable: nonRetryable ?? false, category: category ?? null },
      ...{
        nextRetryDelay: typeof nextRetryDelay === 'number' ? nextRetryDelay : null,
        details: details ?? [],
      },
    },
  };
}

export function fromMessage({ message, application }: FailureMessage): Error {
  if (!application) return new Error(message);
  const { nextRetryDelay, category, ...rest } = application;
  return ApplicationFailure.create({
    ...{ message, ...rest },
    ...(category && { category }),
    ...(nextRetryDelay !== null && { nextRetryDelay }),
  });
}
