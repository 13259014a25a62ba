import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { createGet } from '../../src/discord/rest-client.ts';
import { HISTORY, MESSAGE, stage, TOKEN } from './stage.ts';

/** What is counted while `work` asks Discord. */
async function counted(t: TestContext, { apiUrl = '', timeoutMs = 15_000 } = {}) {
  const staged = await stage(t);
  const calls: string[] = [];
  const left: number[] = [];
  const get = createGet({
    ...{ token: TOKEN, apiUrl: apiUrl || staged.emulator.apiUrl },
    ...{ requestsPerSecond: 1000, timeoutMs },
    metrics: {
      discordCall: (route, status) => void calls.push(`${route} ${status}`),
      invalidRequestsLeft: (count) => void left.push(count),
    },
  });
  return { ...staged, get, calls, left };
}

describe('calls of Discord', () => {
  test('are counted by route without ids, and by status', async (t) => {
    const { get, post, channel, calls } = await counted(t);
    const { id } = post();
    await get(`/channels/${channel.id}/messages/${id}`);
    await get(`/channels/${channel.id}/messages`, { query: { limit: '1' } });
    assert.deepEqual(calls, [`${MESSAGE} 200`, `${HISTORY} 200`]);
  });

  test('are counted too where nobody answers', async (t) => {
    const { get, channel, calls } = await counted(t, {
      apiUrl: `http://127.0.0.1:${await freePort()}/api`,
    });
    await assert.rejects(get(`/channels/${channel.id}/messages`, { query: { limit: '1' } }));
    assert.deepEqual(calls, [`${HISTORY} none`]);
  });

  test('are counted once where the answer comes too late', async (t) => {
    const { get, channel, calls, emulator } = await counted(t, { timeoutMs: 100 });
    emulator.faults.add({ route: HISTORY, stallMs: 1000 });
    await assert.rejects(get(`/channels/${channel.id}/messages`));
    assert.deepEqual(calls, [`${HISTORY} none`]);
  });

  test('take from the budget of invalid requests where they are refused', async (t) => {
    const { get, channel, emulator, left } = await counted(t);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    assert.deepEqual(left, [10_000]);
    await assert.rejects(get(`/channels/${channel.id}/messages`));
    assert.deepEqual(left, [10_000, 9_999]);
  });
});
