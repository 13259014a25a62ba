import assert from 'node:assert/strict';
import dns from 'node:dns';
import { after, before, describe, mock, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import { checkDiscord } from '../../src/discord/check-discord.ts';
import { createGet, type DiscordOptions } from '../../src/discord/rest-client.ts';
import { createRestPort } from '../../src/discord/rest-port.ts';
import { waitForDiscord } from '../../src/discord/wait-for-discord.ts';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.ts';
import { applicationFailure } from '../../src/errors.ts';
import { createChannelLookUps } from '../../src/ingest/channel-look-ups.ts';
import { createArchivedThreadsList } from '../../src/ingest/sweeps/archived-threads.ts';
import { isUnwatched } from '../../src/ingest/sweeps/end-sweeps.ts';
import { attempt, aState } from '../activities/run-activity.ts';
import { without } from '../clip/a-message.ts';
import { someBytes } from '../emulator/support.ts';
import { createFakeDiscordClient } from '../ingest/fake-discord-client.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { TOKEN } from './stage.ts';

/** The parts of the program that send requests to Discord, with the route that each part requests. */
const CALLERS = {
  refresh: 'GET /channels/:id/messages/:id',
  page: 'GET /channels/:id/messages',
  'backfill, channel': 'GET /channels/:id',
  'backfill, guild': 'GET /guilds/:id',
  'backfill, member': 'GET /guilds/:id/members/:id',
  'backfill, own id': 'GET /users/@me',
  'end of a sweep': 'GET /channels/:id',
  'archived threads': 'GET /channels/:id/threads/archived/public',
  'look-up of ingest': 'GET /channels/:id',
  start: 'GET /users/@me',
} as const;
type Caller = keyof typeof CALLERS;
const NAMES = Object.keys(CALLERS) as Caller[];

interface Row {
  status: number;
  body: object | string;
  headers?: Record<string, string>;
  /** What each caller does if DISCORD_API_URL is Discord's URL, in the order of CALLERS. */
  discord: string[];
  /** What each caller does if a compatible server sent the answer; absent if the callers do the same as for Discord. */
  compatible?: string[];
}

const json = (code: number) => ({ code, message: 'no' });
const all = (cell: string): string[] => NAMES.map(() => cell);
const HTML = '<!DOCTYPE html><html><body>Sign in</body></html>';

/** What each cell means: see `outcomeOf`. */
const RETRY = all('retry').with(-1, 'wait');
const DENIED = [
  ...['unreachable', 'unreachable', 'invalid', 'invalid', 'invalid', 'retry'],
  ...['goes on', 'none', 'unwatched', 'wait'],
];
const TABLE: Record<string, Row> = {
  'unknown message': {
    status: 404,
    body: json(10_008),
    discord: ['gone', ...RETRY.slice(1)],
  },
  'unknown channel': {
    status: 404,
    body: json(10_003),
    discord: [
      'gone',
      'gone',
      'invalid',
      'retry',
      'retry',
      'retry',
      'ends',
      'none',
      'unwatched',
      'wait',
    ],
  },
  'unknown guild': {
    status: 404,
    body: json(10_004),
    discord: [...RETRY.slice(0, 3), 'invalid', 'invalid', ...RETRY.slice(5)],
  },
  'a code that equals the status, 404': {
    status: 404,
    body: json(404),
    discord: RETRY,
    compatible: [
      ...['gone', 'gone', 'invalid', 'invalid', 'invalid', 'retry'],
      ...['ends', 'none', 'unwatched', 'wait'],
    ],
  },
  "a router's 404": { status: 404, body: json(0), discord: RETRY },
  'a page of HTML, 404': { status: 404, body: HTML, discord: RETRY },
  'missing access': { status: 403, body: json(50_001), discord: DENIED },
  'missing permissions': { status: 403, body: json(50_013), discord: DENIED },
  'a code that equals the status, 403': {
    status: 403,
    body: json(403),
    discord: RETRY,
    compatible: DENIED,
  },
  'internal network error': { status: 403, body: json(40_333), discord: RETRY },
  "a router's 403": { status: 403, body: json(0), discord: RETRY },
  'a page of HTML, 403': { status: 403, body: HTML, discord: RETRY },
  'other JSON, 403': { status: 403, body: { error: 'forbidden' }, discord: RETRY },
  'a list, 403': { status: 403, body: [], discord: RETRY },
  'JSON that is no object, 403': {
    status: 403,
    body: 'null',
    headers: { 'Content-Type': 'application/json' },
    discord: RETRY,
  },
  'Cloudflare 1020': {
    status: 403,
    body: 'error code: 1020',
    discord: all('retry in 60 s').with(-1, 'wait 60 s'),
  },
  'Cloudflare 1015': {
    status: 429,
    body: 'error code: 1015',
    discord: all('retry in 60 s').with(-1, 'wait 60 s'),
  },
  'Cloudflare 1015 with a wait': {
    status: 429,
    body: 'error code: 1015',
    headers: { 'Retry-After': '600' },
    discord: all('retry in 600 s').with(-1, 'wait 600 s'),
  },
  'a limit of the route': {
    status: 429,
    body: { message: 'You are being rate limited.', retry_after: 90, global: false },
    headers: { 'Retry-After': '90', 'X-RateLimit-Scope': 'user' },
    discord: all('retry in 90 s').with(-1, 'wait 90 s'),
  },
  unauthorized: {
    status: 401,
    body: json(0),
    discord: all('retry in 300 s').with(-1, 'stop'),
  },
  "a proxy's login, 401": { status: 401, body: HTML, discord: RETRY },
  'a server error': { status: 500, body: json(0), discord: RETRY },
  'a bad gateway': { status: 502, body: HTML, discord: RETRY },
  'a bad request': { status: 400, body: json(50_035), discord: RETRY },
  'a success that is a page of HTML': { status: 200, body: HTML, discord: RETRY },
  // This answer has no field `roles`. A member without this field counts as a member without roles, so the backfill
  // starts.
  'a success of another form': {
    status: 200,
    body: { ok: true },
    discord: RETRY.with(NAMES.indexOf('backfill, member'), 'starts'),
  },
};

let emulator: Emulator;
let place: { channelId: string; messageId: string; attachmentId: string };
before(async () => {
  const lookUp = dns.lookup.bind(dns) as (host: string, ...rest: unknown[]) => void;
  mock.method(dns, 'lookup', (host: string, ...rest: unknown[]) => {
    lookUp(host === 'discord.com' ? '127.0.0.1' : host, ...rest);
  });
  emulator = await startEmulator({ token: TOKEN });
  // The table sends hundreds of requests about one channel within a second.
  emulator.limits.set(/./, { requests: 100_000, perSeconds: 1 });
  const guild = emulator.addGuild({ name: 'Clip club' });
  const channel = emulator.addChannel({ guildId: guild.id, name: 'overtime' });
  const { id: authorId } = emulator.addUser({ username: '_juno' });
  const { id: messageId, attachments } = emulator.postMessage({
    channelId: channel.id,
    authorId,
    files: [{ filename: 'COMET.mp4', bytes: someBytes(3), contentType: 'video/mp4' }],
  });
  place = { channelId: channel.id, messageId, attachmentId: attachments[0]?.id ?? '' };
});
after(async () => {
  mock.restoreAll();
  await emulator.stop();
});

/** Runs a caller once. Returns what the program does after the answer. */
async function run(caller: Caller, options: DiscordOptions): Promise<string> {
  const { channelId, messageId, attachmentId } = place;
  const get = createGet(options);
  const activities = createActivities({
    ...createFakePorts(),
    discord: createRestPort(options, get),
  });
  switch (caller) {
    case 'refresh': {
      const clip = { ...aState().clip, channelId, messageId, attachmentId };
      const state = { ...aState(), clip: without(clip, 'url', 'channelName', 'guildName') };
      await attempt(activities.refetch, { state, adopt: false });
      return 'refreshed';
    }
    case 'page': {
      const input = { channelId, limit: 100, older: { before: null, after: null } };
      const { messages } = await attempt(activities.archiveHistoryPage, input);
      return messages === 0 ? 'end of the history' : 'read';
    }
    case 'backfill, channel':
    case 'backfill, guild':
    case 'backfill, member':
    case 'backfill, own id':
      await attempt(activities.checkChannel, { channelId });
      return 'starts';
    case 'end of a sweep':
      return (await isUnwatched(get, { channelIds: [channelId] }, channelId)) ? 'ends' : 'goes on';
    case 'archived threads':
      return (await createArchivedThreadsList(get, channelId, Date.now())()).length === 0
        ? 'none'
        : 'some';
    case 'look-up of ingest': {
      const { client } = createFakeDiscordClient({ cached: [] });
      const found = await createChannelLookUps(client, get).find(channelId);
      return found === null ? 'unwatched' : 'watched';
    }
    case 'start':
      return await startOnce(options);
  }
}

/** Runs the startup checks until they pass, fail for good or wait for the first time. */
async function startOnce(options: DiscordOptions): Promise<string> {
  const controller = new AbortController();
  const waits: string[] = [];
  const warn = (line: unknown) => {
    waits.push(String(line));
    controller.abort();
  };
  await waitForDiscord(() => checkDiscord(options, []), {
    apiUrl: options.apiUrl,
    log: { warn } as never,
    signal: controller.signal,
  }).catch((error: unknown) => {
    if (waits.length === 0) throw error;
  });
  const [line] = waits;
  if (line === undefined) return 'starts';
  const [, seconds = ''] = /asking again in (\d+) s$/.exec(line) ?? [];
  return Number(seconds) <= 2 ? 'wait' : `wait ${seconds} s`;
}

/** Returns what the program does after one answer from the emulator. */
async function outcomeOf(caller: Caller, row: Row, options: DiscordOptions): Promise<string> {
  const { status, body, headers = {} } = row;
  const fault = { route: CALLERS[caller], times: 1, status, body, headers };
  const remove = emulator.faults.add(fault);
  try {
    return await run(caller, options);
  } catch (error) {
    if (caller === 'start') return 'stop';
    const failure = applicationFailure(error) ?? assert.fail(String(error));
    const seconds = Math.round(Number(failure.nextRetryDelay ?? 0) / 1000);
    switch (failure.type) {
      // The clip's workflow fetches the message once more after a minute, and then ends as deleted.
      case 'MessageGone':
        return 'gone';
      case 'AccessLost':
        return 'unreachable';
      case 'InvalidInput':
        return 'invalid';
      default:
        assert.ok(!failure.nonRetryable);
        return seconds > 0 ? `retry in ${seconds} s` : 'retry';
    }
  } finally {
    remove();
  }
}

describe('what the program does with an answer', () => {
  for (const [name, row] of Object.entries(TABLE)) {
    test(`${row.status}, ${name}: the program does ${row.discord.join(', ')}`, async () => {
      const base = { token: TOKEN, requestsPerSecond: 1000 };
      const cells = async (apiUrl: string): Promise<string[]> => {
        const found: string[] = [];
        for (const caller of NAMES) found.push(await outcomeOf(caller, row, { ...base, apiUrl }));
        return found;
      };
      const named = (outcomes: string[]) => NAMES.map((caller, at) => `${caller}: ${outcomes[at]}`);
      const discordUrl = `http://discord.com:${emulator.port}/api`;
      assert.deepEqual(named(await cells(discordUrl)), named(row.discord), 'Discord');
      const compatible = await cells(emulator.apiUrl);
      assert.deepEqual(named(compatible), named(row.compatible ?? row.discord), 'compatible');
    });
  }

  test('if Discord answers normally, every caller continues', async () => {
    const options = { token: TOKEN, requestsPerSecond: 1000, apiUrl: emulator.apiUrl };
    const outcomes: string[] = [];
    for (const caller of NAMES) outcomes.push(await run(caller, options));
    assert.deepEqual(outcomes, [
      ...['refreshed', 'read', 'starts', 'starts', 'starts', 'starts'],
      ...['goes on', 'none', 'watched', 'starts'],
    ]);
  });
});
