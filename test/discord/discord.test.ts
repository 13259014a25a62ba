import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attachmentsOf } from '../../src/clip/message.ts';
import { leaseOf } from '../../src/clip/lease.ts';
import { failureOf, HISTORY, MESSAGE, stage, typeOf } from './stage.ts';

const MINUTE_MS = 60 * 1000;
/** What a JSON error of Discord looks like. */
const refusal = (status: number, code: number) => ({ status, body: { message: 'no', code } });

describe('fetching a message', () => {
  test('brings it as Discord gives it, with links signed now', async (t) => {
    const { discord, channel, post } = await stage(t);
    const { id } = post();
    const message = await discord.fetchMessage(channel.id, id);
    assert.equal(message.id, id);
    const [attachment] = attachmentsOf(message);
    assert.equal(attachment?.filename, 'COMET.mp4');
    assert.ok(leaseOf(attachment.url));
  });

  test("of one that is not there says that it is gone, by the status where the code isn't Discord's", async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.deleteMessage({ channelId: channel.id, messageId: id });
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'MessageGone');
    assert.match(
      failure.message,
      new RegExp(`GET /channels/${channel.id}/messages/${id}, 404, code 10008`),
    );
    emulator.quirks.errorCodeIsStatus = true;
    assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'MessageGone');
  });

  test('takes no word of a proxy: neither its refusals nor its pages', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    const fetch = () => discord.fetchMessage(channel.id, id);
    for (const status of [401, 403, 404, 410]) {
      emulator.faults.add({ route: MESSAGE, times: 1, status });
      assert.equal(await typeOf(fetch()), 'ServiceFailed', `${status} with a page`);
    }
    const bodies: (object | string)[] = ['<h1>Sign in</h1>', {}, { error: 'x' }, [], { id: '1' }];
    for (const body of bodies) {
      emulator.faults.add({ route: MESSAGE, times: 1, status: 200, body });
      assert.equal(await typeOf(fetch()), 'ServiceFailed', `200 with ${JSON.stringify(body)}`);
    }
    for (const body of ['not found', { error: 'no route' }]) {
      emulator.faults.add({ route: MESSAGE, times: 1, status: 404, body });
      assert.equal(await typeOf(fetch()), 'ServiceFailed', `404 with ${JSON.stringify(body)}`);
    }
    emulator.faults.add({ route: MESSAGE, times: 1, ...refusal(404, 0) });
    assert.equal(await typeOf(fetch()), 'ServiceFailed', "404 with a router's code 0");
    assert.equal((await fetch()).id, id, 'and nothing of it stays');
  });

  test('is asked for once a minute and channel where access was lost', async (t) => {
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
    assert.equal(emulator.stats.requests(MESSAGE), 2, 'the one of the other channel');
    t.mock.timers.tick(5000);
    assert.equal(await typeOf(fetch()), 'AccessLost');
    assert.equal(emulator.stats.requests(MESSAGE), 3, 'asked again');

    emulator.allow(channel.id, 'VIEW_CHANNEL');
    t.mock.timers.tick(MINUTE_MS);
    for (const id of ids) assert.equal((await fetch(id)).id, id);
  });

  test('has lost access as well where it may not read the history', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'AccessLost');
    assert.match(failure.message, /code 50013/);
  });

  test('probes a rejected token once in five minutes, and works again after', async (t) => {
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
    const heal = emulator.faults.add({ route: 'rest', ...refusal(401, 0) });
    const first = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(first.type, 'TokenRejected');
    assert.equal(first.delayMs, 5 * MINUTE_MS);
    assert.deepEqual(await Promise.all(all().map(typeOf)), Array(4).fill('TokenRejected'));
    assert.equal(emulator.stats.requests(/./), 1);

    t.mock.timers.tick(5 * MINUTE_MS);
    assert.deepEqual(await Promise.all(all().map(typeOf)), Array(4).fill('TokenRejected'));
    assert.equal(emulator.stats.requests(/./), 2, 'one probe, although four came at once');

    heal();
    t.mock.timers.tick(5 * MINUTE_MS);
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    assert.equal((await discord.fetchHistory(channel.id, { limit: 1 })).length, 1);
  });

  test('waits outside for as long as Discord says, and sends nothing meanwhile', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.faults.add({
      route: MESSAGE,
      times: 1,
      ...refusal(429, 0),
      headers: { 'Retry-After': '7', 'X-RateLimit-Scope': 'user' },
    });
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'RateLimited');
    assert.ok(Number(failure.delayMs) >= 7000 && Number(failure.delayMs) <= 7200);
    assert.equal(emulator.stats.requests(MESSAGE), 1);

    // discord.js learns with the first answer which limit a route has, and with the second how it stands.
    emulator.limits.set(HISTORY, { requests: 2, perSeconds: 3 });
    for (let n = 0; n < 2; n++) await discord.fetchHistory(channel.id, { limit: 1 });
    const limited = await failureOf(discord.fetchHistory(channel.id, { limit: 1 }));
    assert.equal(limited.type, 'RateLimited');
    assert.ok(Number(limited.delayMs) > 1000 && Number(limited.delayMs) <= 3200);
    assert.equal(emulator.stats.requests(HISTORY), 2, 'the headers had said so before');
  });

  test('lets a global limit keep all requests back', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    const headers = {
      'Retry-After': '3',
      'X-RateLimit-Global': 'true',
      'X-RateLimit-Scope': 'global',
    };
    emulator.faults.add({ route: MESSAGE, times: 1, ...refusal(429, 0), headers });
    assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'RateLimited');
    const other = await failureOf(discord.fetchHistory(channel.id, { limit: 1 }));
    assert.equal(other.type, 'RateLimited');
    assert.ok(Number(other.delayMs) > 2000);
    assert.equal(emulator.stats.requests(/./), 1);
  });

  test('backs off where a 429 does not say for how long', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    emulator.faults.add({ route: MESSAGE, times: 1, ...refusal(429, 0) });
    const failure = await failureOf(discord.fetchMessage(channel.id, post().id));
    assert.deepEqual([failure.type, failure.delayMs], ['RateLimited', undefined]);
  });

  test('fails as a service where that fails, stalls or hangs up, and asks just once', async (t) => {
    const { emulator, discord, channel, post } = await stage(t, { client: { timeoutMs: 1500 } });
    const { id } = post();
    const fetch = () => failureOf(discord.fetchMessage(channel.id, id));
    for (const status of [500, 502, 503]) {
      emulator.faults.add({ route: MESSAGE, times: 1, status });
      const failure = await fetch();
      assert.equal(failure.type, 'ServiceFailed');
      assert.match(failure.message, new RegExp(`Discord fails \\(.*, ${status}\\)`));
    }
    emulator.faults.add({ route: MESSAGE, times: 1, dropConnection: true });
    const dropped = await fetch();
    assert.equal(dropped.type, 'ServiceFailed');
    assert.match(dropped.message, /can't be reached: (UND_ERR_SOCKET|ECONNRESET)/);
    emulator.faults.add({ route: MESSAGE, times: 1, stallMs: 60_000 });
    const stalled = await fetch();
    assert.equal(stalled.type, 'ServiceFailed');
    assert.match(stalled.message, /did not answer in time/);
    assert.equal(emulator.stats.requests(MESSAGE), 5);
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    await emulator.stop();
    const gone = await fetch();
    assert.equal(gone.type, 'ServiceFailed');
    assert.match(gone.message, /can't be reached: (ECONNREFUSED|UND_ERR_SOCKET|ECONNRESET)/);
  });

  test('does not hold those back for ever that wait behind a stalled one', async (t) => {
    const { emulator, discord, channel, post } = await stage(t, { client: { timeoutMs: 1500 } });
    const ids = Array.from({ length: 6 }, () => post().id);
    await discord.fetchMessage(channel.id, ids[0] ?? '');
    emulator.faults.add({ route: MESSAGE, stallMs: 60_000 });
    const types = await Promise.all(ids.map((id) => typeOf(discord.fetchMessage(channel.id, id))));
    assert.deepEqual(types, Array(6).fill('ServiceFailed'));
    assert.ok(emulator.stats.requests(MESSAGE) <= 5, 'not one after the other to the end');
  });

  test('does not take a missing intent for a deletion', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.setMessageContentIntent(false);
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'ServiceFailed');
    assert.match(failure.message, /no Message Content intent: turn it on/);
    emulator.setMessageContentIntent(true);
    assert.equal(attachmentsOf(await discord.fetchMessage(channel.id, id)).length, 1);
  });

  test('believes that an empty message is empty, and asks about the intent for no other', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const empty = post(null);
    assert.deepEqual((await discord.fetchMessage(channel.id, empty.id)).attachments, []);
    assert.equal(emulator.stats.requests('GET /applications/@me'), 1);
    await discord.fetchMessage(channel.id, post(null, 'just text').id);
    await discord.fetchMessage(channel.id, post('x.mp4').id);
    assert.equal(emulator.stats.requests('GET /applications/@me'), 1);
    // A compatible server that knows no such page is believed to send everything.
    emulator.faults.add({ route: 'GET /applications/@me', times: 1, ...refusal(404, 0) });
    assert.equal((await discord.fetchMessage(channel.id, empty.id)).id, empty.id);
  });
});

describe('fetching history', () => {
  test('brings pages before, after and at the newest', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const ids = Array.from({ length: 7 }, (_, n) => post(`${n}.mp4`).id);
    const page = async (cursor: { before?: string; after?: string }, limit = 3) =>
      (await discord.fetchHistory(channel.id, { limit, ...cursor })).map(({ id }) => id).sort();
    assert.deepEqual(await page({}), ids.slice(4));
    assert.deepEqual(await page({ before: ids[4] ?? '' }), ids.slice(1, 4));
    assert.deepEqual(await page({ after: ids[1] ?? '' }), ids.slice(2, 5));
    emulator.quirks.afterOldestFirst = true;
    assert.deepEqual(await page({ after: ids[1] ?? '' }), ids.slice(2, 5));
    assert.deepEqual(await page({}, 100), ids);
    assert.deepEqual(await page({ before: ids[0] ?? '' }), []);
  });

  test('does not take a missing intent for a channel without clips', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    post();
    post(null, 'just text');
    emulator.setMessageContentIntent(false);
    const failure = await failureOf(discord.fetchHistory(channel.id, { limit: 100 }));
    assert.equal(failure.type, 'ServiceFailed');
    assert.match(failure.message, /no Message Content intent/);
    emulator.setMessageContentIntent(true);
    assert.equal((await discord.fetchHistory(channel.id, { limit: 100 })).length, 2);
  });

  test('asks about the intent once in a while, although many messages are empty', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    for (let n = 0; n < 5; n++) post(null);
    for (let n = 0; n < 5; n++) await discord.fetchHistory(channel.id, { limit: 2 });
    assert.equal(emulator.stats.requests('GET /applications/@me'), 1);
  });

  test("takes no proxy's page for one of history", async (t) => {
    const { emulator, discord, channel } = await stage(t);
    for (const body of ['<h1>Sign in</h1>', { messages: [] }]) {
      emulator.faults.add({ route: HISTORY, times: 1, status: 200, body });
      assert.equal(await typeOf(discord.fetchHistory(channel.id, { limit: 1 })), 'ServiceFailed');
    }
    emulator.faults.add({ route: HISTORY, times: 1, status: 404 });
    assert.equal(await typeOf(discord.fetchHistory(channel.id, { limit: 1 })), 'ServiceFailed');
  });
});
