import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { parseConfig, type Config } from '../../src/config.ts';
import { startLibrary } from '../../src/library/start-library.ts';
import type { RunningServer } from '../../src/library/http/server.ts';
import { noMetrics } from '../../src/metrics.ts';
import {
  createFakeCatalog,
  catalogDown,
  type FakeCatalog,
} from '../support/fakes/library-catalog.ts';
import {
  aClip,
  CLIP_ID,
  createFakeLinks,
  createFakeObjects,
  linkOf,
} from '../support/a-library.ts';
import { until } from '../support/wait.ts';

const READERS = 1000;
const log = pino({ level: 'silent' });

function configOf(changes: Partial<Config['library']> = {}): Config {
  const config = parseConfig({ MEDIA_HOSTS: 'https://cdn.example.org' });
  return { ...config, library: { ...config.library, address: '127.0.0.1:0', ...changes } };
}

/** A live clip whose link is valid for an hour of the real clock. */
function validClip() {
  const expiresAtMs = Date.now() + 3_600_000;
  return aClip({ expiresAtMs, url: linkOf('a', expiresAtMs) });
}

const sourcesOf = (catalog: FakeCatalog) => ({
  catalog,
  bucket: createFakeObjects(),
  links: createFakeLinks(),
});

/** Sends bytes as they are, and returns everything that the server answers until it closes the connection. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer;
}

const requestOf = (target: string, host = '127.0.0.1', method = 'GET') =>
  `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe('the library at its address', () => {
  const catalog = createFakeCatalog([validClip()]);
  const ready: boolean[] = [];
  let server: RunningServer;

  before(async () => {
    const metrics = { ...noMetrics, ready: (isReady: boolean) => void ready.push(isReady) };
    server = await startLibrary(configOf(), log, metrics, sourcesOf(catalog));
  });
  after(async () => {
    server.stop();
    await server.stopped;
  });

  test('it is ready when the catalog has answered, and serves pages and redirects', async () => {
    await until('the library is ready', () => ready.includes(true));
    const origin = `http://127.0.0.1:${server.port}`;
    const page = await fetch(origin);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Ace on Dust/);
    for (const method of ['GET', 'HEAD']) {
      const video = await fetch(`${origin}/c/${CLIP_ID}.mp4`, { method, redirect: 'manual' });
      assert.equal(video.status, 302);
      assert.match(video.headers.get('location') ?? '', /^https:\/\/cdn\.example\.org\//);
    }
  });

  test('invalid requests get an error page and never a 500', async () => {
    const long = 'a'.repeat(10_000);
    const hostile = `'; drop table clips; -- "><script>`;
    const requests: Record<string, [number, string]> = {
      'a query of 10,000 characters': [200, requestOf(`/?q=${long}`)],
      'a query of 10,000 NULs': [200, requestOf(`/?q=${'%00'.repeat(3300)}`)],
      'invalid percent-encoding in a query': [200, requestOf('/?q=%&from=%zz&in=%c3%28')],
      'SQL and HTML in every parameter': [
        200,
        requestOf(
          `/?${[
            'q',
            'from',
            'in',
            'with',
            'game',
            'longer',
            'before',
            'is',
            'sort',
            'seed',
            'cursor',
          ]
            .map((name) => `${name}=${encodeURIComponent(hostile)}`)
            .join('&')}`,
        ),
      ],
      'invalid percent-encoding in a path': [404, requestOf('/c/%zz%')],
      'a NUL in a path': [404, requestOf('/c/%00.mp4')],
      'a long path': [404, requestOf(`/c/${long}.mp4`)],
      'a path that climbs up': [404, requestOf('/assets/..%2f..%2fetc%2fpasswd')],
      'a path with dots': [404, requestOf('/../../etc/passwd')],
      'raw bytes above ASCII': [400, requestOf('/\xff\xfe')],
      'a foreign host': [421, requestOf('/', 'evil.example')],
      'a foreign host in the request line': [421, requestOf('http://evil.example/')],
      'a host with a user': [400, requestOf('/', 'a@b')],
      'a host that is not one': [400, requestOf('/', 'a b/c')],
      'no host': [400, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
      'a backslash': [400, requestOf('/\\evil.example', '127.0.0.1:1')],
      'another method': [405, requestOf('/', '127.0.0.1', 'DELETE')],
      TRACE: [405, requestOf('/', '127.0.0.1', 'TRACE')],
      'an unknown method': [400, requestOf('/', '127.0.0.1', 'BREW')],
      'no HTTP': [400, 'hello\r\n\r\n'],
      'headers of 100 KB': [
        431,
        `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${long.repeat(10)}\r\n\r\n`,
      ],
    };
    for (const [what, [status, bytes]] of Object.entries(requests)) {
      assert.equal(statusOf(await sendRaw(server.port, bytes)), status, what);
    }
    const page = await sendRaw(server.port, requestOf('/', 'a@b'));
    assert.match(page, /content-security-policy: default-src 'none'/i);
    assert.match(page, /The request is invalid\./);
  });

  test(`${READERS} connections at a time are answered`, async () => {
    const sockets = Array.from({ length: READERS }, () => connect(server.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const statusAfter = async (socket: Socket): Promise<number> => {
      socket.write(requestOf(`/c/${CLIP_ID}.mp4`));
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return statusOf(chunk.toString('latin1'));
    };
    const statuses = await Promise.all(sockets.map(statusAfter));
    assert.deepEqual([...new Set(statuses)], [302]);
  });
});

test('an address that is in use stops the start with one sentence', async () => {
  const sources = sourcesOf(createFakeCatalog());
  const first = await startLibrary(configOf(), log, noMetrics, sources);
  const address = `127.0.0.1:${first.port}`;
  await assert.rejects(startLibrary(configOf({ address }), log, noMetrics, sources), {
    message: `LIBRARY_ADDRESS=${address} is in use by another program (EADDRINUSE): choose another host or port`,
  });
  first.stop();
  await first.stopped;
});

test('a published address without LIBRARY_URL stops the start before anything listens', async () => {
  const sources = sourcesOf(createFakeCatalog());
  const starting = startLibrary(configOf({ address: '0.0.0.0:0' }), log, noMetrics, sources);
  await assert.rejects(starting, /LIBRARY_ADDRESS=0\.0\.0\.0:0 can be reached from other machines/);
});

test('the library starts without a catalog, is not ready, and serves links', async () => {
  const catalog = createFakeCatalog();
  catalog.fault = catalogDown();
  const ready: boolean[] = [];
  const metrics = { ...noMetrics, ready: (isReady: boolean) => void ready.push(isReady) };
  const sources = sourcesOf(catalog);
  const { channelId, url } = validClip();
  sources.links.description = () => ({
    kind: 'clip',
    clip: { channelId, guildId: null, url: url ?? '', status: 'live' },
  });
  const server = await startLibrary(configOf(), log, metrics, sources);
  const answer = await fetch(`http://127.0.0.1:${server.port}/c/${CLIP_ID}.mp4`, {
    redirect: 'manual',
  });
  assert.equal(answer.status, 302);
  await until('the library says that it is not ready', () => ready.length > 0);
  server.stop();
  await server.stopped;
  assert.ok(!ready.includes(true));
});
