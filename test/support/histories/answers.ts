/** The results of activities while a history is recorded. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { accessLost, linkExpired, messageGone, serviceFailed } from '../../../src/errors.ts';
import { createGate } from '../gate.ts';

const FETCH = { route: 'GET /channels/1/messages/2' };
export const gone = () => messageGone({ ...FETCH, status: 404, code: 10008 });
export const refused = () => accessLost({ ...FETCH, status: 403 });
export const expired = () => linkExpired({ route: 'GET /attachments/1/2/ace.mp4', status: 404 });

/** A failure that is not retried, because retries would take time and add no event to the history. */
export const givenUp = (message: string) =>
  ApplicationFailure.nonRetryable(message, 'ServiceFailed');

/**
 * Returns a function whose calls return `answers` in turn. Further calls repeat the last answer. An answer that is an
 * Error is thrown instead.
 */
export function inTurn<T extends object[]>(...answers: T): () => Exclude<T[number], Error> {
  let at = 0;
  return () => {
    const answer = answers[Math.min(at++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer as Exclude<T[number], Error>;
  };
}

/** An activity that waits until the caller releases it. */
export function heldUp<T>(then: () => T) {
  const { open: begin, opened: begun } = createGate();
  const { open: release, opened: released } = createGate();
  const answer = async (): Promise<T> => {
    begin();
    await released;
    return then();
  };
  return { begun, release, answer };
}

/** A write that fails as a local activity, and then waits as a regular activity until the caller releases it. */
export function heldUpWrite() {
  const write = heldUp(() => ({}));
  let isOver = false;
  return {
    begun: write.begun,
    release: () => {
      isOver = true;
      write.release();
    },
    answer: () => {
      if (activityInfo().isLocal && !isOver) throw serviceFailed('the bucket does not answer');
      return write.answer();
    },
  };
}

/** A bucket that fails until it is repaired. Activities are retried only after a minute. */
export function brokenBucket() {
  let isBroken = true;
  return {
    write: () => {
      if (!isBroken) return {};
      if (activityInfo().isLocal) throw serviceFailed('the bucket does not answer');
      const failure = { type: 'ServiceFailed', message: 'the bucket does not answer' };
      throw ApplicationFailure.create({ ...failure, nextRetryDelay: '1m' });
    },
    mend: () => void (isBroken = false),
  };
}
