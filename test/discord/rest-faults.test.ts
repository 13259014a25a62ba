import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failureOf, HISTORY, jsonError, MESSAGE, stage, typeOf } from './stage.ts';

const MINUTE_MS = 60 * 1000;

describe('faults of Discord', () => {
  test('if the bot has no access to a channel, requests about that channel are limited to one a minute', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, discord, channel, guild, post } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const ids = [post().id, post().id, post().id];
    const elsewhere = post('x.mp4', '', other.id);
    const fetch = (id = ids[0] ?? '') => discord.fetchMessage(channel.id, id);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    for (const id of ids) assert.equal(await typeOf(fetch(id)), 'AccessLost');
    assert.equal(await typeOf(discord.fetchHistory(channel.id, { limit: 1 })), 'AccessLost');
    assert.equal(emulator.stats.requests(/messages/), 1);
    assert.equal((await discord.fetchMessage(other.id, elsewhere.id)).id, elsewhere.id);

    t.mock.timers.tick(MINUTE_MS - 5000);
    assert.equal(await typeOf(fetch()), 'AccessLost');
    assert.equal(emulator.stats.requests(MESSAGE), 2, 'only the other channel got a request');
    t.mock.timers.tick(5000);
    assert.equal(await typeOf(fetch()), 'AccessLost');
    assert.equal(emulator.stats.requests(MESSAGE), 3, 'the channel got another request');

    emulator.allow(channel.id, 'VIEW_CHANNEL');
    t.mock.timers.tick(MINUTE_MS);
    for (const id of ids) assert.equal((await fetch(id)).id, id);
  });

  test('if the bot lacks Read Message History, fetching a message fails with AccessLost', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'AccessLost');
    assert.match(failure.message, /code 50013/);
  });

  test('while Discord rejects the token, only one request is sent every five minutes', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, guild, discord, channel, post } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const { id } = post();
    const all = () => [
      discord.fetchMessage(channel.id, id),
      discord.fetchMessage(other.id, id),
      discord.fetchHistory(channel.id, { limit: 1 }),
      discord.readableChannel(channel.id),
    ];
    const heal = emulator.faults.add({ route: 'rest', ...jsonError(401, 0) });
    const first = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(first.type, 'TokenRejected');
    assert.equal(first.delayMs, 5 * MINUTE_MS);
    assert.deepEqual(await Promise.all(all().map(typeOf)), Array(4).fill('TokenRejected'));
    assert.equal(emulator.stats.requests(/./), 1);

    t.mock.timers.tick(5 * MINUTE_MS);
    assert.deepEqual(await Promise.all(all().map(typeOf)), Array(4).fill('TokenRejected'));
    assert.equal(emulator.stats.requests(/./), 2, 'of four requests at once, only one is sent');

    heal();
    t.mock.timers.tick(5 * MINUTE_MS);
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    assert.equal((await discord.fetchHistory(channel.id, { limit: 1 })).length, 1);
  });

  test('if a rate limit is reached, a request fails with RateLimited and the waiting time from Discord', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.faults.add({
      route: MESSAGE,
      times: 1,
      ...jsonError(429, 0),
      headers: { 'Retry-After': '7', 'X-RateLimit-Scope': 'user' },
    });
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'RateLimited');
    assert.ok(Number(failure.delayMs) >= 7000 && Number(failure.delayMs) <= 7200);
    assert.equal(emulator.stats.requests(MESSAGE), 1);

    // The first answer tells discord.js a route's rate limit, and the second answer tells it how many requests are
    // left.
    emulator.limits.set(HISTORY, { requests: 2, perSeconds: 3 });
    for (let n = 0; n < 2; n++) await discord.fetchHistory(channel.id, { limit: 1 });
    const limited = await failureOf(discord.fetchHistory(channel.id, { limit: 1 }));
    assert.equal(limited.type, 'RateLimited');
    assert.ok(Number(limited.delayMs) > 1000 && Number(limited.delayMs) <= 3200);
    assert.equal(emulator.stats.requests(HISTORY), 2, 'the headers announced the limit');
  });

  test('after a 429 for the global rate limit, requests of other routes fail with RateLimited too', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    const headers = {
      'Retry-After': '3',
      'X-RateLimit-Global': 'true',
      'X-RateLimit-Scope': 'global',
    };
    emulator.faults.add({ route: MESSAGE, times: 1, ...jsonError(429, 0), headers });
    assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'RateLimited');
    const other = await failureOf(discord.fetchHistory(channel.id, { limit: 1 }));
    assert.equal(other.type, 'RateLimited');
    assert.ok(Number(other.delayMs) > 2000);
    assert.equal(emulator.stats.requests(/./), 1);
  });

  test('if a 429 response gives no waiting time, the failure has no retry delay, so the usual back-off applies', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    emulator.faults.add({ route: MESSAGE, times: 1, ...jsonError(429, 0) });
    const failure = await failureOf(discord.fetchMessage(channel.id, post().id));
    assert.deepEqual([failure.type, failure.delayMs], ['RateLimited', undefined]);
  });

  test('if Discord returns a server error, stalls or drops the connection, the request fails with ServiceFailed', async (t) => {
    const { emulator, discord, channel, post } = await stage(t, { client: { timeoutMs: 1500 } });
    const { id } = post();
    const fetch = () => failureOf(discord.fetchMessage(channel.id, id));
    for (const status of [500, 502, 503]) {
      emulator.faults.add({ route: MESSAGE, times: 1, status });
      const failure = await fetch();
      assert.equal(failure.type, 'ServiceFailed');
      assert.match(
        failure.message,
        new RegExp(`Discord returned a server error \\(.*, ${status}\\)`),
      );
    }
    emulator.faults.add({ route: MESSAGE, times: 1, dropConnection: true });
    const dropped = await fetch();
    assert.equal(dropped.type, 'ServiceFailed');
    assert.match(dropped.message, /is unreachable: (UND_ERR_SOCKET|ECONNRESET)/);
    emulator.faults.add({ route: MESSAGE, times: 1, stallMs: 60_000 });
    const stalled = await fetch();
    assert.equal(stalled.type, 'ServiceFailed');
    assert.match(stalled.message, /the request timed out/);
    assert.equal(emulator.stats.requests(MESSAGE), 5);
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    await emulator.stop();
    const gone = await fetch();
    assert.equal(gone.type, 'ServiceFailed');
    assert.match(gone.message, /is unreachable: (ECONNREFUSED|UND_ERR_SOCKET|ECONNRESET)/);
  });

  test('requests that wait behind a stalled request time out together, not one after the other', async (t) => {
    const { emulator, discord, channel, post } = await stage(t, { client: { timeoutMs: 1500 } });
    const ids = Array.from({ length: 5 }, () => post().id);
    await discord.fetchMessage(channel.id, ids[0] ?? '');
    emulator.faults.add({ route: MESSAGE, stallMs: 60_000 });
    const startMs = performance.now();
    const types = await Promise.all(ids.map((id) => typeOf(discord.fetchMessage(channel.id, id))));
    assert.deepEqual(types, Array(5).fill('ServiceFailed'));
    // If the requests timed out one after another, they would take five times 1.5 s.
    assert.ok(performance.now() - startMs < 6000, 'they do not time out one after the other');
  });
});
