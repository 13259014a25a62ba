import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createRestPort } from '../../src/discord/rest-port.ts';
import { createGet } from '../../src/discord/rest-client.ts';
import { createChannelLookUps } from '../../src/ingest/channel-look-ups.ts';
import { createGatewayClient } from '../../src/ingest/gateway/client.ts';
import { createFakeDiscordClient } from '../ingest/fake-discord-client.ts';
import { pause, until } from '../support/wait.ts';
import { failureOf, jsonError, MESSAGE, stage, typeOf } from './stage.ts';

const MINUTE_MS = 60 * 1000;
const ANY_MESSAGE = /^GET \/channels\/:id\/messages/;

describe('a call ends within its limit', () => {
  const scopes: [string, Record<string, string>][] = [
    ['of the route', { 'X-RateLimit-Scope': 'user' }],
    ['of the resource', { 'X-RateLimit-Scope': 'shared' }],
    ['of the bot', { 'X-RateLimit-Scope': 'global', 'X-RateLimit-Global': 'true' }],
    ['without a scope', {}],
  ];
  for (const [name, headers] of scopes) {
    for (const retryAfter of ['100', '99999999999', 'Sat, 01 Mar 2124 10:00:00 GMT']) {
      test(`if a limit ${name} has Retry-After ${retryAfter}, each call fails within its timeout instead of sleeping`, async (t) => {
        const { emulator, channel, guild, discord, post } = await stage(t, {
          client: { requestsPerSecond: 10, timeoutMs: 2000 },
        });
        const channels = Array.from({ length: 12 }, (_, n) =>
          emulator.addChannel({ guildId: guild.id, name: `c${n}` }),
        );
        await discord.fetchMessage(channel.id, post().id);
        emulator.faults.add({
          route: ANY_MESSAGE,
          ...jsonError(429, 0),
          headers: { ...headers, 'Retry-After': retryAfter },
        });
        const startMs = performance.now();
        const calls = channels.map(({ id }) => typeOf(discord.fetchHistory(id, { limit: 1 })));
        const ended = Promise.all(calls).then((types) => new Set(types));
        const types = await Promise.race([ended, pause(8000)]);
        assert.deepEqual(types, new Set(['RateLimited']));
        assert.ok(performance.now() - startMs < 4000, 'within twice the timeout');
      });
    }
  }
});

/**
 * discord.js starts a timer for each call that a rate limit blocks, although the call fails at once. These timers must
 * not keep the test's process running.
 */
function letTimersEndWithTheTest(t: TestContext): void {
  const { setTimeout } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (...args: Parameters<typeof setTimeout>) =>
    setTimeout(...args).unref(),
  );
}

describe('a limit that lasts too long', () => {
  const limits: [string, object][] = [
    [
      'of the bot',
      { ...jsonError(429, 0), headers: { 'Retry-After': '1e12', 'X-RateLimit-Global': 'true' } },
    ],
    [
      'of a route',
      {
        status: 200,
        body: [],
        headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset-After': '1e12' },
      },
    ],
  ];
  for (const [name, answer] of limits) {
    test(`if a limit ${name} lasts ten thousand years, the next request is still sent after an hour`, async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      letTimersEndWithTheTest(t);
      const { emulator, channel, discord } = await stage(t);
      emulator.faults.add({ route: ANY_MESSAGE, times: 1, ...answer });
      const read = () => discord.fetchHistory(channel.id, { limit: 1 });
      await read().catch(() => null);
      assert.equal(await typeOf(read()), 'RateLimited');
      t.mock.timers.tick(60 * MINUTE_MS + 1000);
      assert.deepEqual(await read(), []);
    });
  }
});

describe('a refusal of the IP address', () => {
  const refusals = [
    { status: 429, body: 'error code: 1015' },
    { status: 403, body: 'error code: 1020' },
    { status: 429, body: '<!DOCTYPE html><title>Access denied | Cloudflare</title>' },
  ];
  for (const refusal of refusals) {
    test(`after ${refusal.status} with "${refusal.body}", the refreshes, pages and look-ups of the process send no request for a minute`, async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const lines: string[] = [];
      const write = (line: string) => void lines.push(line);
      const { emulator, guild, clientOptions, post } = await stage(t);
      const get = createGet({ ...clientOptions, log: { info: write, warn: write } as never });
      const discord = createRestPort(clientOptions, get);
      const lookUps = createChannelLookUps(createFakeDiscordClient({ cached: [] }).client, get);
      const channels = Array.from({ length: 30 }, (_, n) =>
        emulator.addChannel({ guildId: guild.id, name: `c${n}` }),
      );
      const messages = channels.map(({ id }) => post('x.mp4', '', id));
      const all = async () => {
        const types: string[] = [];
        for (const [n, { id }] of channels.entries()) {
          types.push(await typeOf(discord.fetchMessage(id, messages[n]!.id)));
          types.push(await typeOf(discord.fetchHistory(id, { limit: 1 })));
          types.push(await typeOf(lookUps.find(id)));
        }
        return new Set(types);
      };
      const heal = emulator.faults.add({ route: 'rest', ...refusal });
      for (let minute = 1; minute <= 3; minute++) {
        assert.deepEqual(await all(), new Set(['RateLimited']));
        assert.equal(emulator.stats.requests(/./), minute, 'one request per minute');
        t.mock.timers.tick(MINUTE_MS);
      }
      heal();
      const [first] = messages;
      const fetched = await discord.fetchMessage(channels[0]!.id, first!.id);
      assert.equal(fetched.id, first!.id);
      assert.notEqual(await lookUps.find(channels[1]!.id), null);
      assert.deepEqual(lines, [
        'Cloudflare refuses this IP address; sending no requests to Discord for 60 s',
        'Discord answers this IP address again after 180 s',
      ]);
    });
  }

  test('if a request waits behind a request that Cloudflare refuses, the waiting request is not sent', async (t) => {
    const { emulator, channel, discord, post } = await stage(t);
    const ids = Array.from({ length: 5 }, () => post().id);
    await discord.fetchMessage(channel.id, ids[0] ?? '');
    emulator.faults.add({
      route: MESSAGE,
      status: 429,
      body: 'error code: 1015',
      headers: { 'Retry-After': '600' },
      stallMs: 300,
    });
    const failures = await Promise.all(
      ids.map((id) => failureOf(discord.fetchMessage(channel.id, id))),
    );
    assert.equal(emulator.stats.requests(MESSAGE), 2);
    for (const { type, delayMs } of failures) {
      assert.equal(type, 'RateLimited');
      assert.ok(Number(delayMs) > 599_000 && Number(delayMs) <= 610_000, String(delayMs));
    }
  });

  test('if Discord refuses one channel or one route, requests about other channels are still sent', async (t) => {
    const { emulator, guild, discord, post } = await stage(t);
    const limited = { headers: { 'Retry-After': '60', 'X-RateLimit-Scope': 'user' } };
    for (const fault of [jsonError(403, 50_001), { ...jsonError(429, 0), ...limited }]) {
      const refused = emulator.addChannel({ guildId: guild.id, name: 'refused' });
      const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
      const [first, second] = [post('x.mp4', '', refused.id), post('x.mp4', '', other.id)];
      emulator.faults.add({ route: MESSAGE, times: 1, ...fault });
      await failureOf(discord.fetchMessage(refused.id, first.id));
      assert.equal((await discord.fetchMessage(other.id, second.id)).id, second.id);
    }
  });
});

describe('refusals that are doubt', () => {
  const doubts = [
    jsonError(403, 40_333),
    jsonError(403, 0),
    { status: 403, body: '<html><title>Sign in</title></html>' },
    { status: 401, body: '<html><title>Sign in</title></html>' },
  ];
  for (const doubt of doubts) {
    test(`after ${doubt.status} with ${JSON.stringify(doubt.body)}, the clips of a channel keep retrying, but together send only one request every 5 seconds`, async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const { emulator, channel, discord, post } = await stage(t);
      const ids = Array.from({ length: 30 }, () => post().id);
      const heal = emulator.faults.add({ route: 'rest', ...doubt });
      for (let requests = 1; requests <= 3; requests++) {
        for (const id of ids) {
          const { type, delayMs } = await failureOf(discord.fetchMessage(channel.id, id));
          assert.deepEqual([type, delayMs], ['ServiceFailed', undefined]);
        }
        assert.equal(emulator.stats.requests(/./), requests);
        t.mock.timers.tick(5000);
      }
      heal();
      for (const id of ids) assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    });
  }

  test('if every channel gets an unclear refusal, twenty requests are sent, and then one request a minute', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, guild, discord } = await stage(t);
    const channels = Array.from({ length: 60 }, (_, n) =>
      emulator.addChannel({ guildId: guild.id, name: `c${n}` }),
    );
    emulator.faults.add({ route: 'rest', ...jsonError(403, 40_333) });
    for (const requests of [20, 21, 22]) {
      for (const { id } of channels) {
        assert.equal(await typeOf(discord.fetchHistory(id, { limit: 1 })), 'ServiceFailed');
      }
      assert.equal(emulator.stats.requests(/./), requests);
      t.mock.timers.tick(MINUTE_MS);
    }
  });
});

describe('the slots of a worker', () => {
  test('if a channel does not answer, its requests hold five worker slots, and another channel is served at once', async (t) => {
    const { emulator, channel, guild, discord, post } = await stage(t, {
      client: { timeoutMs: 2500 },
    });
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const elsewhere = post('x.mp4', '', other.id);
    const ids = Array.from({ length: 20 }, () => post().id);
    const stalled = `GET /channels/${channel.id}/messages`;
    emulator.faults.add({ route: new RegExp(`^${stalled}`), stallMs: 60_000 });
    let waiting = ids.length;
    const failures = ids.map(async (id) => {
      const failure = await failureOf(discord.fetchMessage(channel.id, id));
      waiting -= 1;
      return failure;
    });
    await until('fifteen calls to be sent away', () => waiting <= 5);
    assert.equal((await discord.fetchMessage(other.id, elsewhere.id)).id, elsewhere.id);
    assert.equal(waiting, 5);
    const types = (await Promise.all(failures)).map(({ type }) => type).sort();
    const expected = [
      ...Array<string>(15).fill('RateLimited'),
      ...Array<string>(5).fill('ServiceFailed'),
    ];
    assert.deepEqual(types, expected);
  });

  test('if requests about a channel hang and its clips share these requests, the clips hold at most ten worker slots', async (t) => {
    const { emulator, channel, discord, post } = await stage(t, { client: { timeoutMs: 2500 } });
    const ids = Array.from({ length: 5 }, () => post().id);
    emulator.faults.add({ route: MESSAGE, stallMs: 60_000 });
    const types: string[] = [];
    const calls = ids.flatMap((id) =>
      Array.from({ length: 10 }, async () => {
        types.push(await typeOf(discord.fetchMessage(channel.id, id)));
      }),
    );
    await until('forty calls to be sent away', () => types.length === 40);
    assert.deepEqual(new Set(types), new Set(['RateLimited']));
    await Promise.all(calls);
    assert.deepEqual(types.slice(40), Array<string>(10).fill('ServiceFailed'));
  });

  test('if a channel answers slowly, refreshes that are turned away retry until all are served', async (t) => {
    const { emulator, channel, discord, post } = await stage(t);
    const ids = Array.from({ length: 30 }, () => post().id);
    emulator.faults.add({ route: MESSAGE, stallMs: 30 });
    const fetchUntilServed = async (id: string): Promise<void> => {
      const fetched = discord.fetchMessage(channel.id, id);
      const isServed = await fetched.then(
        () => true,
        () => false,
      );
      if (isServed) return;
      const { type, delayMs } = await failureOf(fetched);
      assert.equal(type, 'RateLimited');
      await pause(Number(delayMs));
      await fetchUntilServed(id);
    };
    await Promise.all(ids.map(fetchUntilServed));
    assert.equal(emulator.stats.requests(MESSAGE), ids.length);
  });

  test('if ten clips of one message are fetched at the same time, one request is sent', async (t) => {
    const { emulator, channel, discord, post } = await stage(t);
    const { id } = post();
    const fetches = Array.from({ length: 10 }, () => discord.fetchMessage(channel.id, id));
    for (const message of await Promise.all(fetches)) assert.equal(message.id, id);
    assert.equal(emulator.stats.requests(MESSAGE), 1);
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    assert.equal(emulator.stats.requests(MESSAGE), 2, 'a later call sends a new request');
  });

  test('if thirty backfills start under a limit of five requests a second, all of them look up their channel', async (t) => {
    const { emulator, guild, discord } = await stage(t, { client: { requestsPerSecond: 5 } });
    const channels = Array.from({ length: 30 }, (_, n) =>
      emulator.addChannel({ guildId: guild.id, name: `c${n}` }),
    );
    const contexts = await Promise.all(channels.map(({ id }) => discord.readableChannel(id)));
    assert.deepEqual(
      contexts.map(({ channelName }) => channelName),
      channels.map(({ name }) => name),
    );
    assert.ok(
      emulator.stats.requests(/./) <= 30 + 3 * 5,
      'they share the requests about the server',
    );
  });
});

describe("the gateway's client", () => {
  test('if Discord fails once during the login to the gateway, the login still succeeds', async (t) => {
    const { emulator, clientOptions } = await stage(t);
    const log = { debug: () => undefined, warn: () => undefined };
    const get = createGet(clientOptions);
    const gateway = createGatewayClient({ discordApiUrl: emulator.apiUrl }, log, get);
    t.after(() => gateway.destroy());
    emulator.faults.add({ route: 'rest', times: 1, status: 502, body: 'bad gateway' });
    const { url } = (await gateway.rest.get('/gateway/bot')) as { url: string };
    assert.match(url, /^ws:/);
  });

  test('if Discord answers 401 to the gateway client, it keeps its token and works again after five minutes', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, clientOptions, discord, channel, post } = await stage(t);
    const get = createGet(clientOptions);
    const gateway = createGatewayClient({ discordApiUrl: emulator.apiUrl }, console, get);
    t.after(() => gateway.destroy());
    emulator.faults.add({ route: 'rest', times: 1, ...jsonError(401, 0) });
    assert.equal(await typeOf(gateway.rest.get('/gateway/bot')), 'TokenRejected');
    assert.equal(await typeOf(get('/users/@me')), 'TokenRejected');
    assert.equal(emulator.stats.requests(/./), 1);
    t.mock.timers.tick(5 * MINUTE_MS);
    const { url } = (await gateway.rest.get('/gateway/bot')) as { url: string };
    assert.match(url, /^ws:/);
    const { id } = post();
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
  });
});
