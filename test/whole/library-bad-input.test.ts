import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { workflowIdOfClip } from '../../src/clip/names.ts';
import {
  createHostileRecords,
  writeHostileRecords,
  type HostileRecord,
} from '../support/fire/hostile-records.ts';
import { readList } from '../support/fire/pages.ts';
import { sendRaw } from '../support/fire/raw-request.ts';
import { startSystem, type System } from '../support/fire/system.ts';
import { until } from '../support/wait.ts';

const CLIPS = 8;
/** So short that strangers find links with little time left. */
const LEASE_SECONDS = 60;
const ARCHIVE_TIMEOUT_MS = 120_000;

let system: System;
let hostile: HostileRecord[];
let libraryUrl: string;
before(async () => {
  system = await startSystem({
    layout: 'start',
    leaseSeconds: LEASE_SECONDS,
    async prepare({ dataDir, cdnOrigin }) {
      hostile = createHostileRecords(cdnOrigin);
      await writeHostileRecords(dataDir, hostile);
    },
  });
  ({ libraryUrl } = system.programs);
  while (system.posted.length < CLIPS) await system.post();
  await until(
    'the clips to be listed',
    async () => {
      const { ids, hasNotice } = await readList(libraryUrl);
      return !hasNotice && system.posted.every((id) => ids.includes(id));
    },
    ARCHIVE_TIMEOUT_MS,
  );
});
after(() => system.stop());

/** Asserts that the answer is a page or a redirect to a clip, and not a fault of the library. */
async function assertHarmless(path: string, headers: Record<string, string> = {}): Promise<number> {
  const { status, location, body } = await sendRaw(libraryUrl, path, headers);
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  assert.ok(status < 500 || status === 503, `${status} for ${shown}`);
  if (location !== null && !location.startsWith('/')) {
    assert.ok(location.startsWith(`${system.discord.cdnOrigin}/attachments/`), shown);
  }
  assert.doesNotMatch(location ?? '', /^\/\//, shown);
  assert.doesNotMatch(body, /<script>evil|<img src=x|"onmouseover="evil/, shown);
  return status;
}

/** Sends a request as written here, and returns the status of the answer. */
async function statusOfText(text: string): Promise<number> {
  const { hostname, port } = new URL(libraryUrl);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  try {
    socket.write(text);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return Number(bytes.toString('latin1').split(' ')[1]);
  } finally {
    socket.destroy();
  }
}

test('hostile records in the bucket neither break a page nor lead anywhere else than to the media host', async () => {
  const { ids } = await readList(libraryUrl);
  for (const id of system.posted) {
    assert.equal(ids.filter((each) => each === id).length, 1, 'the real clips are listed once');
  }
  assert.equal(new Set(ids).size, ids.length, 'no clip is listed twice');
  assert.ok(ids.includes(hostile[0]!.id), 'the record with hostile texts is listed');
  for (const { id, what } of hostile) {
    for (const path of [`/c/${id}`, `/c/${id}.mp4`, `/c/${id}/card`, `/c/${id}/poster.jpg`]) {
      await assertHarmless(path).catch((error: unknown) => {
        throw new Error(`a record with ${what.slice(0, 60)}: ${String(error)}`);
      });
    }
  }
  assert.equal(await assertHarmless('/'), 200);
});

test('invalid ids and paths get an error page', async () => {
  const [known = ''] = system.posted;
  const names = [
    'x',
    '0-0',
    '-1--1',
    `${'9'.repeat(10_000)}-1`,
    '%00',
    `${known}%00`,
    `${known}.mp4%00`,
    `${known}.mp4/..`,
    `${known}.exe`,
    `${known}'--`,
    '%E0%A4%A',
    '%ff%fe',
    '..%2f..%2fetc%2fpasswd',
    `%27%3B%20drop%20table%20clip%3B--`,
    '<script>evil()</script>'.replace(/[<>]/g, encodeURIComponent),
    `1-1%0d%0aSet-Cookie:%20evil=1`,
    '１２-３４'.replace(/./gu, encodeURIComponent),
  ];
  for (const name of names) {
    for (const path of [`/c/${name}`, `/c/${name}.mp4`, `/c/${name}/card`, `/a/${name}`]) {
      const status = await assertHarmless(path);
      assert.ok(status >= 400, `${status} for ${path.slice(0, 60)}`);
    }
  }
  for (const path of [
    '//evil.example/',
    '/\\evil.example',
    '/%2f%2fevil.example',
    '/c/',
    '/c//x',
  ]) {
    await assertHarmless(path);
  }
});

test('queries of 10,000 characters, %00 and SQL get a page of results', async () => {
  const texts = [
    'a'.repeat(10_000),
    'a%20'.repeat(2500),
    'a+'.repeat(5000),
    '%F0%9F%8E%AE'.repeat(1000),
    '%00',
    'ace%00ace',
    `%27%20or%201=1;%20drop%20schema%20everclip%20cascade;--`,
    '%25%25%25_%5C',
    '%22unclosed',
    '-'.repeat(500),
    'from:%00%20in:%27%20before:9999-99-99%20longer:1e999%20during:-1',
    '%E0%A4%A',
    '%ED%A0%80',
    '<script>evil()</script>'.replace(/[<>]/g, encodeURIComponent),
  ];
  const names = [
    'q',
    'from',
    'in',
    'with',
    'game',
    'before',
    'after',
    'longer',
    'shorter',
    'during',
  ];
  const others = ['is', 'sort', 'seed', 'show', '__proto__', 'q[]'];
  for (const text of texts) {
    for (const name of [...names, ...others]) await assertHarmless(`/?${name}=${text}`);
    const { location } = await sendRaw(libraryUrl, `/?q=${text}`);
    // A text with operators leads to the address of the same search with filters.
    if (location !== null) assert.match(location, /^\/\?/);
    assert.equal(await assertHarmless(location ?? `/?q=${text}`), 200, text.slice(0, 60));
    await assertHarmless(`/discord-clip-library/?clip=${text}`);
    await assertHarmless(`/random?q=${text}`);
    await assertHarmless(`/oembed?url=${text}`);
  }
});

test('a request with a foreign Host header gets an error page', async () => {
  const { port } = new URL(libraryUrl);
  const hosts = [
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    '0x7f.1.evil.example',
    '[::1].evil.example',
    '%00',
  ];
  const [id = ''] = system.posted;
  for (const host of hosts) {
    for (const path of ['/', `/c/${id}`, `/c/${id}.mp4`]) {
      const { status, location, body } = await sendRaw(libraryUrl, path, { host });
      assert.ok(status >= 400 && status < 500, `${status} for the host ${host}`);
      assert.equal(location, null);
      assert.doesNotMatch(body, new RegExp(id), host);
    }
  }
  for (const lines of ['Host:', '', `Host: localhost\r\nHost: evil.example`]) {
    const status = await statusOfText(`GET / HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n`);
    assert.ok(status >= 400 && status < 500, `${status} for the header ${lines}`);
  }
  assert.equal((await sendRaw(libraryUrl, '/', { host: `localhost:${port}` })).status, 200);
});

test('1,000 connections at once are answered, and 1,000 silent connections delay nobody', async () => {
  const CONNECTIONS = 1000;
  const { hostname, port } = new URL(libraryUrl);
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, open));
  try {
    const startedAtMs = performance.now();
    assert.equal(await assertHarmless('/'), 200);
    assert.ok(performance.now() - startedAtMs < 5000, 'silent connections delay nobody');
    const statuses = await Promise.all(
      sockets.map(async (socket, index) => {
        const id = system.posted[index % system.posted.length];
        socket.write(`GET /c/${id}.mp4 HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
        const [bytes] = (await once(socket, 'data')) as [Buffer];
        return Number(bytes.toString('latin1').split(' ')[1]);
      }),
    );
    assert.equal(statuses.filter((status) => status === 302).length, CONNECTIONS);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  system.programs.check();
});

test('if a stranger asks for a fresh link of everything, each clip costs at most one Discord request per third of its lease', async () => {
  const ASKS = 15;
  const UNKNOWN_IDS = 300;
  const { discord, programs, posted } = system;
  const unknown = Array.from(
    { length: UNKNOWN_IDS },
    (_, index) => `${10n ** 17n + BigInt(index)}-7`,
  );
  const connection = await Connection.connect({ address: programs.temporalAddress });
  const { workflow } = new Client({ connection });
  const update = async (id: string, input: unknown): Promise<boolean> =>
    await workflow
      .getHandle(workflowIdOfClip(id))
      .executeUpdate<unknown, [unknown]>('freshLink', { args: [input] })
      .then(
        () => true,
        () => false,
      );
  const before = discord.counts();
  const startedAtMs = performance.now();
  let links = 0;
  for (let ask = 0; ask < ASKS; ask += 1) {
    const answers = await Promise.all([
      ...posted.map((id) => update(id, { minMinutes: 1440 })),
      ...posted.map((id) => update(id, { minMinutes: ask })),
    ]);
    links += answers.filter(Boolean).length;
    for (const id of posted) await assertHarmless(`/c/${id}.mp4?r=${ask}`);
  }
  assert.ok(links > 0, 'updates return links');
  for (const input of [
    'x',
    -1,
    1e9,
    null,
    [],
    { minMinutes: '5' },
    { minMinutes: 1, url: 'http://x' },
  ]) {
    await update(posted[0] ?? '', input);
  }
  await Promise.all(
    unknown.map(async (id, index) => {
      assert.equal(await assertHarmless(`/c/${id}.mp4`), 404);
      if (index % 10 === 0) assert.equal(await update(id, { minMinutes: 10 }), false);
    }),
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  await until('the latest counts', () => discord.counts().rest >= before.rest);
  const spent = discord.counts();
  await connection.close();
  const perClip = 1 + Math.ceil(seconds / (LEASE_SECONDS / 3));
  const fetches = spent.messageFetches - before.messageFetches;
  assert.ok(fetches <= posted.length * perClip, `${fetches} requests in ${seconds.toFixed(1)} s`);
  /** Everclip looks channels up again now and then, and sweeps them. */
  const MAX_OTHER_REQUESTS = 60;
  assert.ok(spent.rest - before.rest - fetches <= MAX_OTHER_REQUESTS, 'no other requests');
  await system.untilReachable(posted, 30_000);
  const { ids } = await readList(libraryUrl);
  assert.ok(unknown.every((id) => !ids.includes(id)));
});
