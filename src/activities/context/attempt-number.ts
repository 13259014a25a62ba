import { activityInfo, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { storedAttemptIn } from '../../errors.ts';

/**
 * Runs a write of a record with the number of this attempt. If the bucket's record has a higher attempt number, the
 * next attempt uses an even higher number, so that one retry is enough.
 * @param earlierAttempts how many attempts to write this revision were made before this activity
 */
export async function withAttemptNumber<T>(
  earlierAttempts: number,
  write: (attempt: number) => Promise<T>,
): Promise<T> {
  const { attempt, isLocal, ...info } = activityInfo();
  const heartbeatDetails: unknown = info.heartbeatDetails;
  const stored = typeof heartbeatDetails === 'number' ? heartbeatDetails : 0;
  try {
    return await write(Math.max(earlierAttempts, stored) + attempt);
  } catch (error) {
    const storedAttempt = storedAttemptIn(error);
    if (storedAttempt === null) throw error;
    if (!isLocal) {
      heartbeat(storedAttempt);
      throw error;
    }
    // A local activity has no heartbeats, so an attempt cannot pass the number to the next attempt. The local activity
    // is therefore not retried. The workflow runs a regular activity instead.
    throw ApplicationFailure.fromError(error, { nonRetryable: true });
  }
}
