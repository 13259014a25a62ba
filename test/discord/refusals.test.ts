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
import { heapBytes } from '../support/heap-bytes.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const REFUSED = accessLost({ route: 'GET /channels/1/messages/2', status: 403 });
const REJECTED = tokenRejected({ route: 'GET /channels/1/messages/2', status: 401 });

function stage() {
  let nowMs = 1_709_287_200_000;
  const inner = createRefusals(() => nowMs);
  /** An empty id stands for a request that belongs to no channel. */
  const targetOf = (channelId: string, path = `/channels/${channelId}/messages/2`) => ({
    channelId,
    path: channelId === '' ? path.replace('//', '/1/') : path,
  });
  const refusals = {
    note: (channelId: string, failure: unknown, status?: number) => {
      inner.note(targetOf(channelId), failure, status);
    },
    clear: (channelId: string) => {
      inner.clear(targetOf(channelId));
    },
  };
  /** Returns the type of the failure that blocks the next request, or null if nothing blocks it. */
  const heldBackBy = (channelId: string): string | null => {
    try {
      inner.check(targetOf(channelId));
      return null;
    } catch (error) {
      return applicationFailure(error)?.type ?? 'not our failure';
    }
  };
  return { refusals, heldBackBy, pass: (ms: number) => (nowMs += ms) };
}

describe('refusals', () => {
  test('if Discord denies access to a channel, requests about that channel are blocked for a minute', () => {
    const { refusals, heldBackBy, pass } = stage();
    refusals.note('1', REFUSED);
    assert.deepEqual(
      [heldBackBy('1'), heldBackBy('2'), heldBackBy('')],
      ['AccessLost', null, null],
    );
    pass(MINUTE_MS - 1);
    assert.equal(heldBackBy('1'), 'AccessLost');
    pass(1);
    assert.equal(heldBackBy('1'), null);
  });

  test('if Discord denies access to more and more channels, the memory of the refusals is bounded', () => {
    const { refusals, heldBackBy, pass } = stage();
    const channels = 15_000;
    const refuse = (channelId: string) => {
      refusals.note(channelId, accessLost({ route: `GET /channels/${channelId}`, status: 403 }));
    };
    const beforeBytes = heapBytes();
    for (let n = 0; n < channels; n++) refuse(`${n}`);
    const allBytes = heapBytes() - beforeBytes;
    assert.deepEqual([heldBackBy('0'), heldBackBy('14999')], [null, 'AccessLost']);
    pass(2 * 60 * MINUTE_MS);
    refuse('0');
    const leftBytes = heapBytes() - beforeBytes;
    assert.equal(heldBackBy('0'), 'AccessLost');
    assert.ok(leftBytes < allBytes / 10, 'refusals that are over are forgotten');
  });

  test('if Discord rejects the token, all requests are blocked for five minutes', () => {
    const { refusals, heldBackBy, pass } = stage();
    refusals.note('1', REJECTED);
    assert.deepEqual(
      [heldBackBy('1'), heldBackBy('2'), heldBackBy('')],
      Array(3).fill('TokenRejected'),
    );
    pass(5 * MINUTE_MS - 1);
    assert.equal(heldBackBy('2'), 'TokenRejected');
    pass(1);
    assert.equal(heldBackBy('2'), null);
  });

  test('when a block ends, only one request is let through to test whether Discord still refuses requests', () => {
    const { refusals, heldBackBy, pass } = stage();
    refusals.note('1', REJECTED);
    refusals.note('2', REFUSED);
    pass(60 * MINUTE_MS);
    assert.deepEqual(
      [heldBackBy('1'), heldBackBy('1'), heldBackBy('2')],
      [null, 'TokenRejected', 'TokenRejected'],
    );
    refusals.note('1', REJECTED);
    pass(5 * MINUTE_MS - 1);
    assert.equal(
      heldBackBy('1'),
      'TokenRejected',
      'the token blocks requests for five more minutes',
    );
    pass(1);
    assert.equal(heldBackBy('1'), null);
    refusals.clear('1');
    assert.deepEqual([heldBackBy('2'), heldBackBy('2')], [null, 'AccessLost']);
    refusals.note('2', REFUSED);
    pass(MINUTE_MS - 1);
    assert.equal(heldBackBy('2'), 'AccessLost', 'the channel is blocked for one more minute');
  });

  test('if the test request after a block fails with a server error, another request may pass a minute later', () => {
    const { refusals, heldBackBy, pass } = stage();
    refusals.note('1', REJECTED);
    pass(5 * MINUTE_MS);
    assert.equal(heldBackBy('1'), null);
    refusals.note('1', serviceFailed('no answer'));
    pass(MINUTE_MS);
    assert.equal(heldBackBy('1'), null);
  });

  test('if a request about a channel succeeds, the block of that channel and the block of the token end', () => {
    const { refusals, heldBackBy } = stage();
    refusals.note('1', REFUSED);
    refusals.note('2', REFUSED);
    refusals.note('2', REJECTED);
    refusals.clear('1');
    assert.deepEqual(
      [heldBackBy('1'), heldBackBy('2'), heldBackBy('3')],
      [null, 'AccessLost', null],
    );
  });

  test('if a request fails for a reason other than a refusal, later requests are not blocked', () => {
    const { refusals, heldBackBy } = stage();
    refusals.note('1', messageGone({ route: 'GET /channels/1/messages/2' }));
    refusals.note('1', serviceFailed('Discord is down'));
    refusals.note('1', new Error('AccessLost'));
    refusals.note('', REFUSED);
    assert.deepEqual([heldBackBy('1'), heldBackBy('')], [null, null]);
  });

  describe('a 401 or 403 that is doubt', () => {
    const doubt = serviceFailed('a router answered', { route: 'GET /channels/1', status: 403 });

    for (const status of [401, 403]) {
      test(`after an unclear ${status}, requests about the channel fail without being sent for 5 seconds, then one request is sent`, () => {
        const { refusals, heldBackBy, pass } = stage();
        refusals.note('1', doubt, status);
        assert.deepEqual([heldBackBy('1'), heldBackBy('2')], ['ServiceFailed', null]);
        pass(5 * SECOND_MS - 1);
        assert.equal(heldBackBy('1'), 'ServiceFailed');
        pass(1);
        assert.deepEqual([heldBackBy('1'), heldBackBy('1')], [null, 'ServiceFailed']);
        refusals.clear('1');
        assert.equal(heldBackBy('1'), null);
      });
    }

    test('if a refused request names no channel, only requests for the same path are blocked', () => {
      const { refusals, heldBackBy } = stage();
      refusals.note('', doubt, 403);
      assert.deepEqual([heldBackBy(''), heldBackBy('1')], ['ServiceFailed', null]);
    });

    test('if a request fails with a 404, a server error or no answer, later requests are not blocked', () => {
      const { refusals, heldBackBy } = stage();
      for (const status of [undefined, 200, 404, 502]) refusals.note('1', doubt, status);
      assert.equal(heldBackBy('1'), null);
    });

    test('if Discord says that a message in the channel is deleted, the block of that channel ends', () => {
      const { refusals, heldBackBy } = stage();
      refusals.note('1', doubt, 403);
      refusals.note('1', messageGone({ route: 'GET /channels/1/messages/2' }), 404);
      assert.equal(heldBackBy('1'), null);
    });

    test('after twenty unclear refusals in a row, all requests are blocked for a minute, then one request is sent', () => {
      const { refusals, heldBackBy, pass } = stage();
      for (let n = 0; n < 20; n++) {
        assert.equal(heldBackBy('unasked'), null);
        refusals.note(`${n}`, doubt, 403);
      }
      assert.equal(heldBackBy('unasked'), 'ServiceFailed');
      pass(MINUTE_MS);
      assert.deepEqual([heldBackBy('a'), heldBackBy('b')], [null, 'ServiceFailed']);
      refusals.note('a', doubt, 403);
      pass(MINUTE_MS - 1);
      assert.equal(heldBackBy('b'), 'ServiceFailed');
      pass(1);
      assert.equal(heldBackBy('b'), null);
      refusals.clear('b');
      assert.deepEqual([heldBackBy('c'), heldBackBy('d')], [null, null]);
    });

    test('if some channels are refused and requests to another channel succeed, only the refused channels are blocked', () => {
      const { refusals, heldBackBy } = stage();
      for (let n = 0; n < 100; n++) {
        refusals.note(`${n}`, doubt, 403);
        if (n % 10 === 0) refusals.clear('fine');
      }
      assert.equal(heldBackBy('unasked'), null);
    });
  });
});
