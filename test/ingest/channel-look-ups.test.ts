import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createChannelLookUps } from '../../src/ingest/channel-look-ups.ts';
import {
  CHANNEL,
  createFakeDiscordClient,
  THREAD,
  UNKNOWN_CHANNEL,
} from './fake-discord-client.ts';
import { serviceFailed } from '../../src/errors.ts';

const MINUTE_MS = 60 * 1000;

/** Stages look-ups on a client with one cached channel; `fetch` returns the other channels. */
function stage(fetch = (): Promise<never> => Promise.reject(UNKNOWN_CHANNEL)) {
  let nowMs = 1_709_287_200_000;
  const { client, get, cache, calls } = createFakeDiscordClient({ fetch });
  const lookUps = createChannelLookUps(client, get, () => nowMs);
  return { lookUps, cache, fetches: calls.fetches, pass: (ms: number) => (nowMs += ms) };
}

describe('look-ups of channels', () => {
  test('looking up a cached channel costs no request', async () => {
    const { lookUps, fetches } = stage();
    assert.equal((await lookUps.find(CHANNEL))?.id, CHANNEL);
    assert.equal(lookUps.peek(CHANNEL)?.id, CHANNEL);
    assert.deepEqual(fetches, []);
  });

  test('many simultaneous look-ups of an unknown channel cost only one request', async () => {
    const { lookUps, fetches } = stage();
    await Promise.all(Array.from({ length: 100 }, () => lookUps.find('1')));
    assert.equal(await lookUps.find('1'), null);
    assert.equal(lookUps.peek('1'), null);
    assert.deepEqual(fetches, ['1']);
  });

  test('after five minutes, a look-up of an unknown channel sends a request again', async () => {
    const { lookUps, fetches, pass } = stage();
    await lookUps.find('1');
    pass(5 * MINUTE_MS - 1);
    assert.equal(lookUps.peek('1'), null);
    pass(1);
    assert.equal(lookUps.peek('1'), undefined);
    await lookUps.find('1');
    assert.deepEqual(fetches, ['1', '1']);
  });

  test('if a channel look-up fails, the failure is not cached and the next look-up sends a new request', async () => {
    const { lookUps, fetches } = stage(() =>
      Promise.reject(serviceFailed('Discord is unreachable')),
    );
    await assert.rejects(lookUps.find('1'));
    assert.equal(lookUps.peek('1'), undefined);
    await assert.rejects(lookUps.find('1'));
    assert.deepEqual(fetches, ['1', '1']);
  });

  test('a thread that was unknown at first is found as soon as discord.js has cached the thread', async () => {
    const { lookUps, cache } = stage();
    await lookUps.find(THREAD);
    assert.equal(lookUps.peek(THREAD), null);
    cache.set(THREAD, { id: THREAD, isDMBased: () => false, isThread: () => false });
    assert.equal(lookUps.peek(THREAD)?.id, THREAD);
    assert.equal((await lookUps.find(THREAD))?.id, THREAD);
  });

  test('if an event about a thread arrives, only the cached look-up of that thread is forgotten', async () => {
    const { lookUps } = stage();
    await Promise.all(['1', '2'].map((id) => lookUps.find(id)));
    lookUps.forget({ t: 'THREAD_UPDATE', d: { id: '1' } });
    assert.deepEqual([lookUps.peek('1'), lookUps.peek('2')], [undefined, null]);
  });

  test('if an event about a channel, a role or a guild arrives, all cached channel look-ups are forgotten', async () => {
    for (const t of ['CHANNEL_UPDATE', 'GUILD_ROLE_UPDATE', 'GUILD_CREATE', 'THREAD_LIST_SYNC']) {
      const { lookUps } = stage();
      await lookUps.find('1');
      lookUps.forget({ t, d: { id: '9' } });
      assert.equal(lookUps.peek('1'), undefined, t);
    }
  });

  test('if an event about a channel arrives during a look-up of the channel, the result is not cached', async () => {
    let deny!: (error: Error) => void;
    const { lookUps } = stage(() => new Promise((_, reject) => (deny = reject)));
    const pending = lookUps.find('1');
    lookUps.forget({ t: 'CHANNEL_UPDATE', d: { id: '1' } });
    deny(UNKNOWN_CHANNEL);
    assert.equal(await pending, null);
    assert.equal(lookUps.peek('1'), undefined);
  });

  test('only the latest 1,000 channel look-ups are cached', async () => {
    const { lookUps } = stage();
    for (let id = 1; id <= 1001; id++) await lookUps.find(String(id));
    assert.deepEqual(
      ['1', '2', '1001'].map((id) => lookUps.peek(id)),
      [undefined, null, null],
    );
  });
});
