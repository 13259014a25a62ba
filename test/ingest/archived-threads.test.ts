import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { createGet } from '../../src/discord/rest-client.ts';
import { listRecentlyArchived } from '../../src/ingest/sweeps/archived-threads.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { stage } from '../emulator/support.ts';

const getOf = ({ apiUrl, token }: Emulator) =>
  createGet({ apiUrl, token, requestsPerSecond: 1000 });

const ROUTE = 'GET /channels/:id/threads/archived/public';

describe('listRecentlyArchived', () => {
  test('all threads that were archived in the last two weeks are found, even if the list has several pages', async (t) => {
    const { emulator, guild, channel } = await stage(t);
    const thread = (hours: number) => {
      const archivedAt = new Date(Date.now() - hours * 3_600_000);
      return emulator.addChannel({
        guildId: guild.id,
        parentId: channel.id,
        name: `${hours}`,
        type: ChannelType.PublicThread,
        archivedAt,
      }).id;
    };
    // One thread every two hours, the oldest from 20 days ago.
    const all = Array.from({ length: 240 }, (_, n) => thread(1 + n * 2));
    const found = await listRecentlyArchived(getOf(emulator), channel.id, Date.now());
    assert.deepEqual(
      found.map(({ channelId }) => channelId),
      all.slice(0, 14 * 12),
    );
    assert.ok(found.every(({ isThread }) => isThread));
    assert.equal(emulator.stats.requests(ROUTE), 2, 'the second page reaches older threads');
  });

  test('if the bot lacks Read Message History, the list of archived threads is empty, but if Discord fails, listing throws', async (t) => {
    const { emulator, channel } = await stage(t);
    const list = () => listRecentlyArchived(getOf(emulator), channel.id, Date.now());
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    assert.deepEqual(await list(), []);
    emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
    emulator.faults.add({ route: ROUTE, times: 1, status: 503 });
    await assert.rejects(list());
  });
});
