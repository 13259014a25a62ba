import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import { applicationFailure, serviceFailed } from '../../errors.ts';

/** Rethrows the cause of an activity's failure, because people read the failure of the workflow first. */
export function rethrowCause(error: unknown): never {
  throw applicationFailure(error) ?? givenUp(error) ?? error;
}

/** Returns the failure of an activity that timed out with its last attempt's reason, or null for another failure. */
function givenUp(error: unknown): Error | null {
  const timeout = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(timeout instanceof TimeoutFailure)) return null;
  // The SDK's TimeoutFailure has no cause.
  const reason = timeout.failure?.cause?.message ?? timeout.message;
  return serviceFailed(`the audit gave up: ${reason}`);
}
