import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { createGet } from '../../../src/discord/rest-client.ts';
import { createRestPort } from '../../../src/discord/rest-port.ts';
import { failureOf, stage as stageDiscord } from '../stage.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const UNKNOWN_ID = '442294389964800699';

/** A guild with a channel, and a clock that the test sets. */
async function stage(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const at = await stageDiscord(t);
  const addThread = (type = ChannelType.PublicThread, parentId = at.channel.id) =>
    at.emulator.addChannel({ guildId: at.guild.id, name: 'best of', type, parentId, hasBot: true });
  const requests = () => at.emulator.stats.requests(/./);
  return { ...at, addThread, requests };
}

describe('what is known of the channels of a guild', () => {
  test('fifty channels of a guild cost one request for a channel, one for the bot, and three for the guild', async (t) => {
    const { emulator, guild, channel, discord, requests } = await stage(t);
    const others = Array.from({ length: 49 }, (_, n) =>
      emulator.addChannel({ guildId: guild.id, name: `clips ${n}` }),
    );
    const ids = [channel, ...others].map(({ id }) => id);
    const answers = await Promise.all(ids.map((id) => discord.wasReadable(id)));
    assert.deepEqual(new Set(answers), new Set([true]));
    for (const id of ids) await discord.describeChannel(id, { isRoutine: true });
    assert.equal(requests(), 5);
  });

  test('a thread costs one request when it is first seen, and has the permissions of its parent', async (t) => {
    const { emulator, channel, discord, addThread, requests } = await stage(t);
    const threads = [addThread(), addThread(ChannelType.PrivateThread)];
    for (const { id } of threads) assert.equal(await discord.wasReadable(id), true);
    const before = requests();
    for (const { id } of threads) assert.equal(await discord.wasReadable(id), true);
    assert.equal(requests(), before);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    t.mock.timers.tick(HOUR_MS);
    for (const { id } of threads) assert.equal(await discord.wasReadable(id), false);
  });

  test('after an hour, a lost permission is noticed with three requests for the guild', async (t) => {
    const { emulator, channel, discord, requests } = await stage(t);
    assert.equal(await discord.wasReadable(channel.id), true);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    t.mock.timers.tick(HOUR_MS - 1);
    assert.equal(await discord.wasReadable(channel.id), true);
    const before = requests();
    t.mock.timers.tick(1);
    assert.equal(await discord.wasReadable(channel.id), false);
    assert.equal(requests() - before, 3);
  });

  test('a channel is not readable if it is unknown, hidden or not allowed, or if Discord fails', async (t) => {
    const { emulator, guild, channel, clientOptions, discord } = await stage(t);
    const hidden = emulator.addChannel({ guildId: guild.id, name: 'staff' });
    emulator.deny(hidden.id, 'VIEW_CHANNEL');
    assert.equal(await discord.wasReadable(UNKNOWN_ID), false);
    assert.equal(await discord.wasReadable(hidden.id), false);
    const get = createGet(clientOptions);
    const bounds = [{ guildIds: [UNKNOWN_ID] }, { excludeChannelIds: [channel.id] }];
    for (const bound of bounds) {
      const bounded = createRestPort({ ...clientOptions, ...bound }, get);
      assert.equal(await bounded.wasReadable(channel.id), false);
    }
    const fresh = createRestPort(clientOptions, get);
    emulator.faults.add({ route: 'GET /guilds/:id/members/:id', times: 1, status: 503 });
    assert.equal(await fresh.wasReadable(channel.id), false);
    const other = createRestPort(clientOptions, get);
    emulator.faults.add({ route: 'GET /guilds/:id/channels', times: 1, status: 503 });
    assert.equal(await other.wasReadable(channel.id), false);
    assert.equal(await other.wasReadable(channel.id), true, 'a failure is not remembered');
  });

  test('a channel that is created later is found', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    assert.equal(await discord.wasReadable(channel.id), true);
    const created = emulator.addChannel({ guildId: guild.id, name: 'new' });
    assert.equal(await discord.wasReadable(created.id), false);
    t.mock.timers.tick(HOUR_MS);
    assert.equal(await discord.wasReadable(created.id), true);
  });

  test('a routine description equals the description that asks about the channel itself', async (t) => {
    const { emulator, guild, channel, discord, addThread } = await stage(t);
    const forum = emulator.addChannel({
      guildId: guild.id,
      name: 'best',
      type: ChannelType.GuildForum,
      nsfw: true,
    });
    const closed = emulator.addChannel({ guildId: guild.id, name: 'members' });
    emulator.deny(closed.id, 'VIEW_CHANNEL', 'everyone');
    emulator.allow(closed.id, 'VIEW_CHANNEL');
    for (const { id } of [channel, forum, closed, addThread()]) {
      const routine = await discord.describeChannel(id, { isRoutine: true });
      assert.deepEqual(routine, await discord.describeChannel(id));
    }
  });

  test('if a channel becomes private or the bot loses it, a routine description says so after ten minutes', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const gone = emulator.addChannel({ guildId: guild.id, name: 'gone' });
    const describe = (id: string) => discord.describeChannel(id, { isRoutine: true });
    for (const { id } of [channel, other, gone]) assert.equal((await describe(id)).Public, true);
    emulator.deny(channel.id, 'VIEW_CHANNEL', 'everyone');
    emulator.allow(channel.id, 'VIEW_CHANNEL');
    emulator.deny(other.id, 'VIEW_CHANNEL');
    emulator.removeChannel(gone.id);
    t.mock.timers.tick(10 * MINUTE_MS);
    assert.equal((await describe(channel.id)).Public, false);
    assert.match((await failureOf(describe(other.id))).message, /^the bot cannot see channel/);
    assert.match((await failureOf(describe(gone.id))).message, /^unknown channel/);
  });
});
