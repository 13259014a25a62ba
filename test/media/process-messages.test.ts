import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  applicationFailure,
  linkExpired,
  mediaUnreadable,
  rateLimited,
  serviceFailed,
} from '../../src/errors.ts';
import {
  type FailureMessage,
  fromFailureMessage,
  toFailureMessage,
} from '../../src/media/process/messages.ts';

describe('a failure that comes out of the media process', () => {
  test('is what it was inside, whether it is an everyday one or not', () => {
    const context = { route: 'GET /x.mp4' };
    for (const failure of [
      ...[linkExpired(context), mediaUnreadable('no video'), rateLimited(1234, context)],
      serviceFailed('it is down'),
    ]) {
      // The channel between the processes carries JSON.
      const message = JSON.parse(JSON.stringify(toFailureMessage(failure))) as FailureMessage;
      const arrived = applicationFailure(fromFailureMessage(message));
      assert.ok(arrived);
      assert.equal(arrived.type, failure.type);
      assert.equal(arrived.nonRetryable, failure.nonRetryable);
      assert.equal(arrived.nextRetryDelay, failure.nextRetryDelay);
      assert.equal(arrived.category === 'BENIGN', failure.type !== 'ServiceFailed');
    }
  });
});
