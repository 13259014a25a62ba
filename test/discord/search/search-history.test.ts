import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import type { HistorySearch } from '../../../src/activities/ports/discord-port.ts';
import { attempt } from '../../activities/run-activity.ts';
import { PLACE } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { failureOf, HISTORY, jsonError, stage as stagePort } from '../stage.ts';

const SEARCH = 'GET /guilds/:id/messages/search';

async function stage(t: TestContext) {
  const staged = await stagePort(t);
  const { discord, guild, channel } = staged;
  const search = async (more: Partial<HistorySearch> = {}) =>
    await discord.searchHistory(channel.id, { guildId: guild.id, limit: 25, ...more });
  const find = async (more: Partial<HistorySearch> = {}) =>
    (await search(more)).map(({ id }) => id);
  return { ...staged, search, find };
}

describe('searchHistory', () => {
  test('a search returns the newest videos of one channel between two ids, with links that can be fetched', async (t) => {
    const { emulator, guild, post, search, find } = await stage(t);
    const ids = Array.from({ length: 5 }, () => post().id);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    post('COMET.mp4', '', other.id);
    post(null, 'only text');
    assert.deepEqual(await find(), ids.toReversed());
    const [after = '', , , , before = ''] = ids;
    assert.deepEqual(await find({ before, after, limit: 2 }), [ids[3], ids[2]]);
    const [message] = await search();
    assert.equal((await fetch(message?.attachments[0]?.url ?? '')).status, 200);
  });

  test('a search includes age-restricted channels', async (t) => {
    const { emulator, discord, guild, post } = await stage(t);
    const secret = emulator.addChannel({ guildId: guild.id, name: 'secret', nsfw: true });
    const { id } = post('COMET.mp4', '', secret.id);
    const found = await discord.searchHistory(secret.id, { guildId: guild.id, limit: 25 });
    assert.deepEqual(
      found.map((message) => message.id),
      [id],
    );
  });

  test('while Discord indexes the server, a search fails and is retried after the time that Discord names, or after a second', async (t) => {
    const { emulator, find } = await stage(t);
    for (const [retry_after, delayMs] of [
      [2, 2000],
      [0, 1000],
      [undefined, 1000],
    ]) {
      const body = { message: 'Index not yet available', code: 110000, retry_after };
      emulator.faults.add({ route: SEARCH, times: 1, status: 202, body });
      const failure = await failureOf(find());
      assert.deepEqual([failure.type, failure.delayMs], ['RateLimited', delayMs]);
      assert.match(failure.message, /^Discord is still indexing this server; retrying in \d s/);
    }
  });

  test('if the server refuses or does not know the search, the history of the channel can still be read', async (t) => {
    const { emulator, discord, channel, post, find } = await stage(t);
    const { id } = post();
    const refusals = [
      { ...jsonError(403, 50001), type: 'AccessLost' },
      { ...jsonError(404, 10004), type: 'MessageGone' },
      { ...jsonError(404, 0), type: 'ServiceFailed' },
      { status: 403, type: 'ServiceFailed' },
      { status: 200, body: { messages: 'many' }, type: 'ServiceFailed' },
      { status: 200, body: [], type: 'ServiceFailed' },
    ];
    for (const { type, ...fault } of refusals) {
      emulator.faults.add({ route: SEARCH, times: 1, ...fault });
      await assert.rejects(find(), (error: { type?: string; nonRetryable?: boolean }) => {
        assert.deepEqual([error.type, error.nonRetryable], [type, true]);
        return true;
      });
      const [message] = await discord.fetchHistory(channel.id, { limit: 1 });
      assert.equal(message?.id, id);
    }
    assert.equal(emulator.stats.requests(HISTORY), refusals.length);
  });

  test('entries of another channel or without an id are left out', async (t) => {
    const { emulator, channel, find } = await stage(t);
    const id = '1213063181631516641';
    const messages = [
      [{ id, channel_id: channel.id }],
      [{ id, channel_id: '1' }],
      [{ channel_id: channel.id }, null],
      null,
    ];
    emulator.faults.add({ route: SEARCH, times: 1, status: 200, body: { messages } });
    assert.deepEqual(await find(), [id]);
  });
});

describe('a page of search results', () => {
  const input = { channelId: PLACE.channelId, limit: 25, older: { before: null, after: null } };

  test('a channel without a guild is not searched', async () => {
    const ports = createFakePorts();
    ports.discord.addChannel({ ...PLACE, guildId: null });
    const { archiveSearchPage } = createActivities(ports);
    assert.equal((await attempt(archiveSearchPage, input)).oldest, null);
    assert.ok(!ports.discord.calls.includes('searchHistory'));
  });

  test('a page without results needs no check of the permissions, because it ends only the search', async () => {
    const ports = createFakePorts();
    ports.discord.addChannel(PLACE);
    const { archiveSearchPage } = createActivities(ports);
    assert.equal((await attempt(archiveSearchPage, input)).oldest, null);
    assert.deepEqual(ports.discord.calls, ['readableChannel', 'searchHistory']);
  });
});
