import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { REST } from 'discord.js';
import { recentlyArchived } from '../../src/ingest/archived-threads.ts';
import { stage } from '../emulator/support.ts';

const ROUTE = 'GET /channels/:id/threads/archived/public';

describe('threads that were archived lately', () => {
  test('are found over many pages, back to two weeks and no further', async (t) => {
    const { emulator, guild, channel } = await stage(t);
    const thread = (hours: number) => {
      const archivedAt = new Date(Date.now() - hours * 3_600_000);
      const type = ChannelType.PublicThread;
      const place = { guildId: guild.id, parentId: channel.id };
      return emulator.addChannel({ ...place, name: `${hours}`, type, archivedAt }).id;
    };
    // Every two hours, the last of them 20 days ago.
    const all = Array.from({ length: 240 }, (_, n) => thread(1 + n * 2));
    const rest = new REST({ api: emulator.apiUrl }).setToken(emulator.token);
    const found = await recentlyArchived({ rest }, channel.id, Date.now());
    assert.deepEqual(
      found.map(({ channelId }) => channelId),
      all.slice(0, 14 * 12),
    );
    assert.ok(found.every(({ isThread }) => isThread));
    assert.equal(emulator.stats.requests(ROUTE), 2, 'two pages hold them, and what is older');
  });

  test('are none where the bot may not see them, and unknown where Discord fails', async (t) => {
    const { emulator, channel } = await stage(t);
    const rest = new REST({ api: emulator.apiUrl, retries: 0 }).setToken(emulator.token);
    const look = () => recentlyArchived({ rest }, channel.id, Date.now());
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    assert.deepEqual(await look(), []);
    emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
    emulator.faults.add({ route: ROUTE, times: 1, status: 503 });
    await assert.rejects(look());
  });
});
