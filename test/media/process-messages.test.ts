import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  applicationFailure,
  linkExpired,
  mediaUnreadable,
  serviceFailed,
} from '../../src/errors.ts';
import { rateLimited } from '../../src/rate-limit-errors.ts';
import {
  type FailureMessage,
  fromFailureMessage,
  toFailureMessage,
} from '../../src/media/process/messages.ts';

describe('failure messages', () => {
  test('if the media process sends a failure, the failure arrives with the same type, message, retry delay and category', () => {
    const context = { route: 'GET /x.mp4' };
    const failures = [
      linkExpired(context),
      mediaUnreadable('the file contains no video'),
      rateLimited(1234, context),
      serviceFailed('the service is down'),
    ];
    for (const failure of failures) {
      const message = structuredClone<FailureMessage>(toFailureMessage(failure));
      const arrived = applicationFailure(fromFailureMessage(message));
      assert.ok(arrived);
      assert.equal(arrived.message, failure.message);
      assert.equal(arrived.type, failure.type);
      assert.equal(arrived.nonRetryable, failure.nonRetryable);
      assert.equal(arrived.nextRetryDelay, failure.nextRetryDelay);
      assert.equal(arrived.category === 'BENIGN', failure.type !== 'ServiceFailed');
    }
  });
});
