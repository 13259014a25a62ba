import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createChannelTurns,
  MAX_CALLS_PER_CHANNEL,
} from '../../../src/discord/limits/channel-turns.ts';
import { applicationFailure } from '../../../src/errors.ts';
import { heapBytes } from '../../support/heap-bytes.ts';

const ROUTE = 'GET /channels/1/messages/2';

function stage() {
  let nowMs = 1_709_287_200_000;
  const turns = createChannelTurns(
    () => nowMs,
    () => 0.5,
  );
  /** Returns after how many milliseconds a caller may try again, or null if the caller got a turn. */
  const returnsIn = (channelId: string): number | null => {
    try {
      turns.enter(channelId, ROUTE);
      return null;
    } catch (error) {
      const failure = applicationFailure(error);
      assert.equal(failure?.type, 'RateLimited');
      return Number(failure.nextRetryDelay);
    }
  };
  return { turns, returnsIn, pass: (ms: number) => (nowMs += ms) };
}

describe('the turns of a channel', () => {
  test('if five requests about a channel are running, further requests about that channel fail, but other channels are not affected', () => {
    const { turns, returnsIn } = stage();
    const leave = turns.enter('1', ROUTE);
    for (let n = 1; n < MAX_CALLS_PER_CHANNEL; n++) assert.equal(returnsIn('1'), null);
    assert.notEqual(returnsIn('1'), null);
    assert.equal(returnsIn('2'), null);
    leave();
    assert.equal(returnsIn('1'), null);
    assert.notEqual(returnsIn('1'), null);
  });

  test('if ten callers wait for one channel, further callers fail, even if they would share a running request', () => {
    const { turns, returnsIn } = stage();
    const leave = turns.enter('1', ROUTE);
    const leaves = Array.from({ length: 9 }, () => turns.join('1', ROUTE));
    assert.notEqual(returnsIn('1'), null);
    assert.throws(() => turns.join('1', ROUTE), { type: 'RateLimited' });
    leaves[0]?.();
    assert.equal(returnsIn('1'), null);
    leave();
    assert.equal(returnsIn('2'), null);
  });

  test('if callers are told to wait for a channel and never return, the channel is removed from memory', () => {
    const { turns, returnsIn, pass } = stage();
    const beforeBytes = heapBytes();
    for (let channel = 0; channel < 5_000; channel++) {
      const leaves = Array.from({ length: MAX_CALLS_PER_CHANNEL }, () =>
        turns.enter(`${channel}`, ROUTE),
      );
      for (let call = 0; call < 30; call++) assert.notEqual(returnsIn(`${channel}`), null);
      pass(1000);
      for (const leave of leaves) leave();
    }
    const kilobytes = (heapBytes() - beforeBytes) / 1000;
    assert.equal(returnsIn('0'), null);
    assert.ok(kilobytes < 200, `the channels take ${Math.round(kilobytes)} KB`);
  });

  test('if a request names no channel, the limit per channel does not apply', () => {
    const { returnsIn } = stage();
    for (let n = 0; n < 50; n++) assert.equal(returnsIn(''), null);
  });

  test('if a channel has too many requests, each further request gets a time to retry; these times follow the pace of its answers', () => {
    const { turns, returnsIn, pass } = stage();
    // Make twenty calls one after another, and let each call take half a second.
    for (let n = 0; n < 20; n++) {
      const leave = turns.enter('1', ROUTE);
      pass(500);
      leave();
    }
    const leaves = Array.from({ length: MAX_CALLS_PER_CHANNEL }, () => turns.enter('1', ROUTE));
    const delays = [returnsIn('1'), returnsIn('1'), returnsIn('1')].map(Number);
    const gaps = delays.slice(1).map((delay, index) => delay - (delays[index] ?? 0));
    for (const gap of gaps) assert.ok(gap > 200 && gap < 600, `${gap} ms`);
    for (const leave of leaves) leave();
  });

  test('if a thousand requests wait for one channel, none is told to wait longer than 30 seconds', () => {
    const { returnsIn } = stage();
    const delays = Array.from({ length: 1000 }, () => returnsIn('1') ?? 0);
    assert.equal(Math.max(...delays), 30_000);
    assert.equal(delays.at(-1), 22_500, 'spread between 15 and 30 s');
  });
});
