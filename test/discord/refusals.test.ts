import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRefusals } from '../../src/discord/refusals.ts';
import {
  accessLost,
  applicationFailure,
  messageGone,
  serviceFailed,
  tokenRejected,
} from '../../src/errors.ts';

const MINUTE_MS = 60 * 1000;
const REFUSED = accessLost({ route: 'GET /channels/1/messages/2', status: 403 });
const REJECTED = tokenRejected({ route: 'GET /channels/1/messages/2', status: 401 });

function stage() {
  let nowMs = 1_709_287_200_000;
  const refusals = createRefusals(() => nowMs);
  /** What the next request is kept from by; null: it may go. */
  const kept = (channelId: string): string | null => {
    try {
      refusals.check(channelId);
      return null;
    } catch (error) {
      return applicationFailure(error)?.type ?? 'a stranger';
    }
  };
  return { refusals, kept, pass: (ms: number) => (nowMs += ms) };
}

describe('refusals', () => {
  test('of a channel keep its requests back for a minute, and those of no other', () => {
    const { refusals, kept, pass } = stage();
    refusals.note('1', REFUSED);
    assert.deepEqual([kept('1'), kept('2'), kept('')], ['AccessLost', null, null]);
    pass(MINUTE_MS - 1);
    assert.equal(kept('1'), 'AccessLost');
    pass(1);
    assert.equal(kept('1'), null);
  });

  test('of the token keep everything back for five minutes', () => {
    const { refusals, kept, pass } = stage();
    refusals.note('1', REJECTED);
    assert.deepEqual([kept('1'), kept('2'), kept('')], Array(3).fill('TokenRejected'));
    pass(5 * MINUTE_MS - 1);
    assert.equal(kept('2'), 'TokenRejected');
    pass(1);
    assert.equal(kept('2'), null);
  });

  test('let a single request try whether they still hold', () => {
    const { refusals, kept, pass } = stage();
    refusals.note('1', REJECTED);
    refusals.note('2', REFUSED);
    pass(60 * MINUTE_MS);
    assert.deepEqual([kept('1'), kept('1'), kept('2')], [null, 'TokenRejected', 'TokenRejected']);
    refusals.note('1', REJECTED);
    pass(5 * MINUTE_MS - 1);
    assert.equal(kept('1'), 'TokenRejected', 'five minutes more');
    pass(1);
    assert.equal(kept('1'), null);
    refusals.clear('1');
    assert.deepEqual([kept('2'), kept('2')], [null, 'AccessLost']);
    refusals.note('2', REFUSED);
    pass(MINUTE_MS - 1);
    assert.equal(kept('2'), 'AccessLost', 'a minute more');
  });

  test('let another one try soon where the first came to nothing', () => {
    const { refusals, kept, pass } = stage();
    refusals.note('1', REJECTED);
    pass(5 * MINUTE_MS);
    assert.equal(kept('1'), null);
    refusals.note('1', serviceFailed('no answer'));
    pass(MINUTE_MS);
    assert.equal(kept('1'), null);
  });

  test('are forgotten as soon as something comes through', () => {
    const { refusals, kept } = stage();
    refusals.note('1', REFUSED);
    refusals.note('2', REFUSED);
    refusals.note('2', REJECTED);
    refusals.clear('1');
    assert.deepEqual([kept('1'), kept('2'), kept('3')], [null, 'AccessLost', null]);
  });

  test('are none of the other failures', () => {
    const { refusals, kept } = stage();
    refusals.note('1', messageGone({ route: 'GET /channels/1/messages/2' }));
    refusals.note('1', serviceFailed('it is down'));
    refusals.note('1', new Error('AccessLost'));
    refusals.note('', REFUSED);
    assert.deepEqual([kept('1'), kept('')], [null, null]);
  });
});
