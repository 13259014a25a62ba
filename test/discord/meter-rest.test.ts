import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { createGet } from '../../src/discord/rest-client.ts';
import { HISTORY, MESSAGE, stage, TOKEN } from './stage.ts';

/** Stages a client whose metrics are recorded. */
async function stageMetered(t: TestContext, { apiUrl = '', timeoutMs = 15_000 } = {}) {
  const staged = await stage(t);
  const calls: string[] = [];
  const left: number[] = [];
  const get = createGet({
    token: TOKEN,
    apiUrl: apiUrl || staged.emulator.apiUrl,
    requestsPerSecond: 1000,
    timeoutMs,
    metrics: {
      discordCall: (route, status) => void calls.push(`${route} ${status}`),
      invalidRequestsLeft: (count) => void left.push(count),
      contentMissing: () => undefined,
    },
  });
  return { ...staged, get, calls, left };
}

describe('meterRest', () => {
  test('responses from Discord are counted by status and by route, and the route contains no ids', async (t) => {
    const { get, post, channel, calls } = await stageMetered(t);
    const { id } = post();
    await get(`/channels/${channel.id}/messages/${id}`);
    await get(`/channels/${channel.id}/messages`, { query: { limit: '1' } });
    assert.deepEqual(calls, [`${MESSAGE} 200`, `${HISTORY} 200`]);
  });

  test('if a request to Discord gets no response, the metrics count the request with the status none', async (t) => {
    const { get, channel, calls } = await stageMetered(t, {
      apiUrl: `http://127.0.0.1:${await freePort()}/api`,
    });
    await assert.rejects(get(`/channels/${channel.id}/messages`, { query: { limit: '1' } }));
    assert.deepEqual(calls, [`${HISTORY} none`]);
  });

  test('if a request to Discord times out, the metrics count the request exactly once', async (t) => {
    const { get, channel, calls, emulator } = await stageMetered(t, { timeoutMs: 100 });
    emulator.faults.add({ route: HISTORY, stallMs: 1000 });
    await assert.rejects(get(`/channels/${channel.id}/messages`));
    assert.deepEqual(calls, [`${HISTORY} none`]);
  });

  test('if Discord denies a request, the metric for the invalid requests that are still allowed drops by one', async (t) => {
    const { get, channel, emulator, left } = await stageMetered(t);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    assert.deepEqual(left, [10_000]);
    await assert.rejects(get(`/channels/${channel.id}/messages`));
    assert.deepEqual(left, [10_000, 9_999]);
  });

  test('if a request is blocked because Cloudflare refuses the IP address, it does not count as unanswered', async (t) => {
    const { get, channel, calls, emulator } = await stageMetered(t);
    await get(`/channels/${channel.id}/messages`);
    emulator.faults.add({ route: HISTORY, status: 429, body: 'error code: 1015', stallMs: 300 });
    const pages = ['1', '2', '3'].map((limit) =>
      get(`/channels/${channel.id}/messages`, { query: { limit } }),
    );
    for (const page of pages) await assert.rejects(page);
    assert.deepEqual(calls, [`${HISTORY} 200`, `${HISTORY} 429`]);
  });
});
