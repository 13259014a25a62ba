import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REST, type RESTRateLimit } from 'discord.js';
import { until } from '../support/wait.ts';
import { callRest, stage, statusAndCode } from './support.ts';

test('if the emulator returns 429, discord.js waits and then gets the response', async (t) => {
  const { emulator, channel } = await stage(t);
  const route = 'GET /channels/:id';
  emulator.limits.set(route, { requests: 2, perSeconds: 2 });
  for (let count = 0; count < 2; count += 1) {
    const { headers } = await callRest(emulator, `/channels/${channel.id}`);
    assert.equal(headers.get('x-ratelimit-limit'), '2');
    assert.equal(headers.get('x-ratelimit-remaining'), String(1 - count));
  }
  const refused = await callRest(emulator, `/channels/${channel.id}`);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('x-ratelimit-scope'), 'user');
  assert.equal(refused.headers.get('retry-after'), '2');
  const { global, retry_after: retryAfter } = refused.json as RESTRateLimit;
  assert.equal(global, false);
  assert.ok(retryAfter > 0 && retryAfter <= 2);

  const rest = new REST({ api: emulator.apiUrl, version: '10' }).setToken(emulator.token);
  const answer = (await rest.get(`/channels/${channel.id}`)) as { id: string };
  assert.equal(answer.id, channel.id);
  assert.deepEqual(
    emulator.stats.log.filter((entry) => entry.route === route).map(({ status }) => status),
    [200, 200, 429, 429, 200],
  );
});

test('the global rate limit counts the requests of all routes together', async (t) => {
  const { emulator, guild } = await stage(t);
  emulator.limits.setGlobal(2);
  await callRest(emulator, '/users/@me');
  await callRest(emulator, `/guilds/${guild.id}`);
  const { status, headers, json } = await callRest(emulator, '/users/@me/guilds');
  const { global } = json as RESTRateLimit;
  assert.deepEqual([status, global, headers.get('x-ratelimit-global')], [429, true, 'true']);
});

test('an injected fault affects only requests of its route, and only the configured number of times', async (t) => {
  const { emulator, channel } = await stage(t);
  const path = `/channels/${channel.id}`;
  emulator.faults.add({ route: 'GET /channels/:id', times: 1, status: 503 });
  const proxy = await callRest(emulator, path);
  assert.deepEqual([proxy.status, proxy.json], [503, undefined]);
  assert.match(proxy.text, /<html>/);
  assert.equal((await callRest(emulator, path)).status, 200);

  const remove = emulator.faults.add({
    route: /messages/,
    status: 403,
    body: { message: 'no', code: 50001 },
  });
  assert.deepEqual(await statusAndCode(emulator, `${path}/messages`), [403, 50001]);
  assert.equal((await callRest(emulator, path)).status, 200);
  remove();
  assert.equal((await callRest(emulator, `${path}/messages`)).status, 200);

  emulator.faults.add({ route: 'rest', times: 1, dropConnection: true });
  await assert.rejects(callRest(emulator, path));
  emulator.faults.add({ route: `GET ${path}`, times: 1, stallMs: 5000 });
  await assert.rejects(callRest(emulator, path, { signal: AbortSignal.timeout(50) }), {
    name: 'TimeoutError',
  });
  assert.equal((await callRest(emulator, path)).status, 200);
});

test('the log says when a request arrived and when its answer ended', async (t) => {
  const { emulator, channel } = await stage(t);
  emulator.faults.add({ route: 'rest', times: 1, stallMs: 60 });
  const beforeMs = Date.now();
  await callRest(emulator, `/channels/${channel.id}`);
  const entry = await until('the end of the answer', () => {
    const last = emulator.stats.log.at(-1);
    return last && last.answeredAt > 0 ? last : null;
  });
  assert.ok(entry.at >= beforeMs);
  // A timer may fire a millisecond early.
  assert.ok(entry.answeredAt - entry.at >= 59, `${entry.answeredAt - entry.at} ms`);
  assert.ok(entry.answeredAt <= Date.now());
});
