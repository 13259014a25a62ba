import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import type { DeletedPlace } from '../../../src/clip/schemas/deleted-place.ts';
import { isWithinBounds, type WatchBounds } from '../../../src/discord/channels/watch-bounds.ts';
import { isAllowedGuild } from '../../../src/discord/guilds.ts';
import { isFailure } from '../../../src/errors.ts';
import { createOnPlaceDeletion } from '../../../src/ingest/deletions/place-deletions.ts';

const CHANNEL = '1196521684992000058';
const THREAD = '1196521684992000060';
const CATEGORY = '1196521684992000050';
const GUILD = '442294389964800640';

/** Returns which places an event reports, if the settings are `bounds`. */
async function reportedBy(
  t: string,
  d: unknown,
  bounds: Partial<WatchBounds> = {},
): Promise<DeletedPlace[]> {
  const reported: DeletedPlace[] = [];
  const all = { channelIds: [], guildIds: [], ...bounds };
  const onPlaceDeletion = createOnPlaceDeletion({
    channels: {
      isPlaceAllowed: (place) => isWithinBounds(place, all),
      isGuildAllowed: (guildId) => isAllowedGuild(all.guildIds, guildId),
    },
    reportDeletion: async (place) => void reported.push(place),
  });
  for (const { run } of onPlaceDeletion({ t, d })) await run();
  return reported;
}

const channel = { id: CHANNEL, guild_id: GUILD, parent_id: CATEGORY, type: ChannelType.GuildText };
const thread = { id: THREAD, guild_id: GUILD, parent_id: CHANNEL, type: ChannelType.PublicThread };

describe('the deletion of a place', () => {
  test('the deletion of a channel, thread or guild is reported', async () => {
    assert.deepEqual(await reportedBy('CHANNEL_DELETE', channel), [
      { channelId: CHANNEL, mayHaveThreads: true },
    ]);
    const voice = { ...channel, type: ChannelType.GuildVoice };
    assert.deepEqual(await reportedBy('CHANNEL_DELETE', voice), [
      { channelId: CHANNEL, mayHaveThreads: false },
    ]);
    assert.deepEqual(await reportedBy('THREAD_DELETE', thread), [
      { channelId: THREAD, mayHaveThreads: false },
    ]);
    assert.deepEqual(await reportedBy('GUILD_DELETE', { id: GUILD }), [{ guildId: GUILD }]);
  });

  test('an outage of a guild is not a deletion', async () => {
    assert.deepEqual(await reportedBy('GUILD_DELETE', { id: GUILD, unavailable: true }), []);
  });

  test('the deletion of a category is not reported, because its channels stay', async () => {
    const category = { id: CATEGORY, guild_id: GUILD, type: ChannelType.GuildCategory };
    assert.deepEqual(await reportedBy('CHANNEL_DELETE', category), []);
  });

  test('a deletion outside of the watched places is not reported', async () => {
    const other = '1196521684992000099';
    const cases: [string, object, Partial<WatchBounds>, number][] = [
      ['CHANNEL_DELETE', channel, { channelIds: [other] }, 0],
      ['CHANNEL_DELETE', channel, { channelIds: [CATEGORY] }, 1],
      ['CHANNEL_DELETE', channel, { excludeChannelIds: [CATEGORY] }, 0],
      ['THREAD_DELETE', thread, { channelIds: [CHANNEL] }, 1],
      ['THREAD_DELETE', thread, { excludeChannelIds: [CHANNEL] }, 0],
      ['GUILD_DELETE', { id: GUILD }, { guildIds: [other] }, 0],
      ['GUILD_DELETE', { id: GUILD }, { guildIds: [GUILD] }, 1],
    ];
    for (const [type, data, bounds, count] of cases) {
      const reported = await reportedBy(type, data, bounds);
      assert.equal(reported.length, count, `${type} ${JSON.stringify(bounds)}`);
    }
  });

  test('a malformed event is refused', async () => {
    for (const data of [null, 'text', {}, { id: 7 }, { id: "1' OR 1=1" }]) {
      for (const type of ['CHANNEL_DELETE', 'THREAD_DELETE', 'GUILD_DELETE']) {
        await assert.rejects(reportedBy(type, data), (error) => isFailure(error, 'InvalidInput'));
      }
    }
  });
});
