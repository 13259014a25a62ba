import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDiscordUrl, judgeAnswer, type Verdict } from '../../src/discord/verdict.ts';

const ROUTES = {
  message: 'GET /channels/1/messages/2',
  history: 'GET /channels/1/messages',
  channel: 'GET /channels/1',
  threads: 'GET /channels/1/threads/archived/public',
  guild: 'GET /guilds/1',
  member: 'GET /guilds/1/members/2',
  bot: 'GET /users/@me',
  gateway: 'GET /gateway/bot',
  application: 'GET /applications/@me',
} as const;
type Endpoint = keyof typeof ROUTES;
const ENDPOINTS = Object.keys(ROUTES) as Endpoint[];

const json = (code: number, message = 'no') => ({ code, message });
const HTML = '<!DOCTYPE html><html><body>Sign in</body></html>';
const CLOUDFLARE = '<html><head><title>Attention Required! | Cloudflare</title></head></html>';
const LIMITED = { message: 'You are being rate limited.', retry_after: 1.5, global: false };
const BLOCKED = json(0, 'You are being blocked from accessing our API temporarily');

/**
 * Returns the cells of a row whose answer can only be about a message, channel, guild or member. Every server has the
 * endpoints of the bot and the gateway, so the answer proves nothing there. Only the endpoint of the application may be
 * missing.
 */
const things = (cells: string[], application = '?'): string[] => [...cells, '?', '?', application];

/** Returns a row in which all cells are the same. */
const all = (cell: string): string[] => ENDPOINTS.map(() => cell);

const DENIED = things(['denied', 'denied', 'denied', 'denied', 'denied', 'denied'], 'denied');

interface Row {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** The expected verdict at each endpoint if Discord sent the answer, in the order of ENDPOINTS. */
  discord: string[];
  /** The expected verdict if a compatible server sent the answer; absent if the verdict does not differ. */
  compatible?: string[];
}

/**
 * The expected verdicts for each answer. `?` means that the answer proves nothing, and a rate limit is written as
 * `limit scope wait`.
 */
const TABLE: Record<string, Row> = {
  // An answer such as "unknown message" counts only at an endpoint whose route contains such an id.
  'unknown message': {
    status: 404,
    body: json(10_008),
    discord: things(['message', '?', '?', '?', '?', '?']),
    compatible: things(['message', '?', '?', '?', '?', '?'], 'page'),
  },
  'unknown channel': {
    status: 404,
    body: json(10_003),
    discord: things(['channel', 'channel', 'channel', 'channel', '?', '?']),
    compatible: things(['channel', 'channel', 'channel', 'channel', '?', '?'], 'page'),
  },
  'unknown guild': {
    status: 404,
    body: json(10_004),
    discord: things(['?', '?', '?', '?', 'guild', 'guild']),
    compatible: things(['?', '?', '?', '?', 'guild', 'guild'], 'page'),
  },
  'unknown member': {
    status: 404,
    body: json(10_007),
    discord: things(['?', '?', '?', '?', '?', 'member']),
    compatible: things(['?', '?', '?', '?', '?', 'member'], 'page'),
  },
  'unknown user': {
    status: 404,
    body: json(10_013),
    discord: things(['?', '?', '?', '?', '?', 'member']),
    compatible: things(['?', '?', '?', '?', '?', 'member'], 'page'),
  },
  'a code that equals the status, 404': {
    status: 404,
    body: json(404),
    discord: things(['?', '?', '?', '?', '?', '?']),
    compatible: things(['message', 'channel', 'channel', 'channel', 'guild', 'member'], 'page'),
  },
  "a router's 404": {
    status: 404,
    body: json(0, '404: Not Found'),
    discord: things(['?', '?', '?', '?', '?', '?']),
    compatible: things(['?', '?', '?', '?', '?', '?'], 'page'),
  },
  '404 with other JSON': { status: 404, body: { error: 'no route' }, discord: all('?') },
  '404 with a list': { status: 404, body: [], discord: all('?') },
  '404 with null': { status: 404, body: null, discord: all('?') },
  '404 with HTML': { status: 404, body: HTML, discord: all('?') },
  '404 without a body': { status: 404, body: '', discord: all('?') },
  '404 with a code that is text': {
    status: 404,
    body: { code: 'not_found', message: 'no' },
    discord: all('?'),
  },

  'missing access': { status: 403, body: json(50_001), discord: DENIED },
  'missing permissions': { status: 403, body: json(50_013), discord: DENIED },
  'verification level too high': { status: 403, body: json(50_009), discord: DENIED },
  'banned from the guild': { status: 403, body: json(40_007), discord: DENIED },
  'a code that equals the status, 403': {
    status: 403,
    body: json(403),
    discord: all('?'),
    compatible: DENIED,
  },
  'internal network error': { status: 403, body: json(40_333), discord: all('?') },
  'internal network error without a code': {
    status: 403,
    body: { message: 'internal network error' },
    discord: all('?'),
  },
  "a router's 403": { status: 403, body: json(0), discord: all('?') },
  'a code about something else': { status: 403, body: json(20_001), discord: all('?') },
  '403 with other JSON': { status: 403, body: { error: 'forbidden' }, discord: all('?') },
  '403 with HTML': { status: 403, body: HTML, discord: all('?') },
  '403 with text': { status: 403, body: 'forbidden', discord: all('?') },
  'Cloudflare 1020': { status: 403, body: 'error code: 1020\n', discord: all('limit address ?') },
  'a page of Cloudflare': { status: 403, body: CLOUDFLARE, discord: all('limit address ?') },
  "Cloudflare's challenge": {
    status: 403,
    body: HTML,
    headers: { 'cf-mitigated': 'challenge', 'retry-after': '30' },
    discord: all('limit address 30000'),
  },

  unauthorized: {
    status: 401,
    body: json(0, '401: Unauthorized'),
    discord: all('unauthenticated'),
  },
  'invalid token': { status: 401, body: json(50_014), discord: all('unauthenticated') },
  'a code that equals the status, 401': {
    status: 401,
    body: json(401),
    discord: all('?'),
    compatible: all('unauthenticated'),
  },
  'a login page of a proxy': { status: 401, body: HTML, discord: all('?') },

  'a limit of a route': { status: 429, body: LIMITED, discord: all('limit route 1500') },
  'a limit shared with others': {
    status: 429,
    body: LIMITED,
    headers: { 'x-ratelimit-scope': 'shared', 'retry-after': '2' },
    discord: all('limit route 1500'),
  },
  'a limit with headers only': {
    status: 429,
    body: json(0),
    headers: { 'x-ratelimit-scope': 'user', 'retry-after': '7' },
    discord: all('limit route 7000'),
  },
  'a limit of the bot': {
    status: 429,
    body: { ...LIMITED, global: true },
    discord: all('limit bot 1500'),
  },
  'a limit of the bot in headers': {
    status: 429,
    body: LIMITED,
    headers: { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' },
    discord: all('limit bot 1500'),
  },
  'Cloudflare 1015': { status: 429, body: 'error code: 1015', discord: all('limit address ?') },
  'Cloudflare 1015 with a wait': {
    status: 429,
    body: 'error code: 1015',
    headers: { 'retry-after': '600' },
    discord: all('limit address 600000'),
  },
  'Cloudflare 1015 with a wait that is no number': {
    status: 429,
    body: 'error code: 1015',
    headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' },
    discord: all('limit address ?'),
  },
  '429 with HTML': { status: 429, body: CLOUDFLARE, discord: all('limit address ?') },
  'JSON of Cloudflare': {
    status: 429,
    body: BLOCKED,
    discord: all('limit address ?'),
    compatible: all('limit route ?'),
  },

  'a server error': { status: 500, body: json(0), discord: all('?') },
  'a bad gateway': { status: 502, body: HTML, discord: all('?') },
  'a server error that says it is a 404': { status: 503, body: json(10_008), discord: all('?') },
  'a bad request': { status: 400, body: json(50_035), discord: all('?') },
  '410 of a proxy': { status: 410, body: HTML, discord: all('?') },
};

function cellOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'unknown':
      return verdict.what;
    case 'accessDenied':
      return 'denied';
    case 'rateLimited':
      return `limit ${verdict.scope} ${verdict.retryAfterMs ?? '?'}`;
    case 'doubt':
      return '?';
    default:
      return verdict.kind;
  }
}

const judge = ({ status, body, headers }: Row, endpoint: Endpoint, isDiscord: boolean): Verdict =>
  judgeAnswer({ route: ROUTES[endpoint], status, headers: new Headers(headers), body, isDiscord });

describe('what an answer of Discord says', () => {
  for (const [name, row] of Object.entries(TABLE)) {
    test(`${row.status}, ${name}: it says ${row.discord.join(', ')}`, () => {
      const cells = (isDiscord: boolean) =>
        ENDPOINTS.map((endpoint) => cellOf(judge(row, endpoint, isDiscord)));
      assert.deepEqual(cells(true), row.discord, 'Discord');
      assert.deepEqual(cells(false), row.compatible ?? row.discord, 'a compatible server');
    });
  }

  test('if an answer is unclear, the failure says in one line who answered', () => {
    const sentenceOf = (name: string): string => {
      const verdict = judge(TABLE[name] ?? assert.fail(name), 'message', true);
      return verdict.kind === 'doubt' ? verdict.sentence : assert.fail(name);
    };
    assert.match(
      sentenceOf('403 with HTML'),
      /rejected the request with a page of HTML: check prox/,
    );
    assert.match(sentenceOf('403 with text'), /rejected the request with text: check proxies/);
    assert.match(sentenceOf('404 with other JSON'), /with unknown JSON: check proxies/);
    assert.match(
      sentenceOf("a router's 404"),
      /^a router answered in Discord's place, "404: Not F/,
    );
    assert.match(sentenceOf('internal network error'), /^Discord rejected the request: no$/);
    assert.match(sentenceOf('a bad gateway'), /^Discord returned a server error$/);
  });

  test('if an error message from a server is long or contains control characters, the failure shows one short line', () => {
    const message = `\u001b[31mred\u202e\n${'x'.repeat(1000)}`;
    const verdict = judge(
      { status: 403, body: json(40_333, message), discord: [] },
      'message',
      true,
    );
    assert.ok(verdict.kind === 'doubt');
    assert.match(verdict.sentence, /^Discord rejected the request: ［31mred x{50,90}…$/);
  });
});

test('if a URL is not on discord.com or a subdomain, its server does not count as Discord', () => {
  for (const url of ['https://discord.com/api', 'https://canary.discord.com/api']) {
    assert.ok(isDiscordUrl(url), url);
  }
  for (const host of ['discord.com.example', 'notdiscord.com', '127.0.0.1:8080']) {
    assert.ok(!isDiscordUrl(`https://${host}/api`), host);
  }
});
