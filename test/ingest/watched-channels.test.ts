import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType } from 'discord.js';
import { createGet } from '../../src/discord/rest-client.ts';
import { isFailure, serviceFailed } from '../../src/errors.ts';
import { createWatchedChannels } from '../../src/ingest/watched-channels.ts';
import { login } from '../emulator/client.ts';
import { stage as stageEmulator } from '../emulator/support.ts';
import {
  apiFailure,
  CHANNEL,
  createFakeDiscordClient,
  DENIED,
  OTHER_CHANNEL,
  THREAD,
  UNKNOWN_CHANNEL,
  type FakeChannel,
} from './fake-discord-client.ts';

const UNKNOWN = '999';
/** The guild of the fake client. */
const GUILD = '442294389964800640';
const EVERYTHING = { channelIds: [], guildIds: [] };

function stage(
  channelIds: string[],
  fetch?: (channelId: string) => Promise<FakeChannel>,
  guildIds: string[] = [],
) {
  const { client, get, calls } = createFakeDiscordClient(fetch ? { fetch } : {});
  return { channels: createWatchedChannels(client, get, { channelIds, guildIds }), calls };
}

describe('watched channels', () => {
  test('if CHANNEL_IDS is empty, all channels are watched, otherwise only the listed channels', async () => {
    const context = await stage([CHANNEL]).channels.findContext(CHANNEL);
    assert.deepEqual(
      [context?.channelName, context?.guildName, context?.selfId],
      ['overtime', 'Clip club', '7'],
    );
    assert.ok(await stage([]).channels.findContext(CHANNEL));
    assert.equal(await stage([OTHER_CHANNEL]).channels.findContext(CHANNEL), null);
  });

  test('looking up a channel or role by id returns its name, or null if the id is unknown', async () => {
    const context = await stage([]).channels.findContext(CHANNEL);
    assert.deepEqual(
      [context?.findChannelName?.(CHANNEL), context?.findChannelName?.(UNKNOWN)],
      ['overtime', null],
    );
    assert.deepEqual(
      [context?.findRoleName?.('5'), context?.findRoleName?.('6')],
      ['Clippers', null],
    );
  });

  test('if GUILD_IDS names one of two guilds, no channel or thread of the other guild is watched or listed', async (t) => {
    const { emulator, guild, channel } = await stageEmulator(t);
    const otherGuild = emulator.addGuild({ name: 'Strangers' });
    const other = emulator.addChannel({ guildId: otherGuild.id, name: 'lounge' });
    const thread = emulator.addChannel({
      guildId: otherGuild.id,
      name: 'best of',
      parentId: other.id,
      type: ChannelType.PublicThread,
    });
    const { client } = await login(t, emulator);
    const { get } = createFakeDiscordClient();
    const namesIn = (guildIds: string[]) => {
      const channels = createWatchedChannels(client, get, { channelIds: [], guildIds });
      const listed = [...channels.listReadable(), ...channels.listThreadParents()];
      return [...new Set(listed.map(({ channelName }) => channelName))].sort();
    };
    assert.deepEqual(namesIn([]), ['best of', 'lounge', 'overtime']);
    assert.deepEqual(namesIn([guild.id]), ['overtime']);
    assert.deepEqual(namesIn([otherGuild.id]), ['best of', 'lounge']);
    const bounds = { channelIds: [channel.id, other.id], guildIds: [guild.id] };
    const channels = createWatchedChannels(client, get, bounds);
    assert.equal(channels.checkWatched(channel.id), 'watched');
    for (const { id } of [other, thread]) {
      assert.equal(channels.checkWatched(id), 'unwatched');
      assert.equal(await channels.findContext(id), null);
      assert.equal(await channels.findWatched(id), null);
    }
  });

  test('the newest message of a channel is known only while its guild is available', async (t) => {
    const { emulator, channel, user } = await stageEmulator(t);
    const { id } = emulator.postMessage({ channelId: channel.id, authorId: user.id });
    const { client } = await login(t, emulator);
    const { get } = createFakeDiscordClient();
    const channels = createWatchedChannels(client, get, EVERYTHING);
    const newest = () => channels.listReadable().map(({ newestId }) => newestId);
    assert.deepEqual(newest(), [id]);
    // An outage of the guild. The cache keeps its channels.
    client.guilds.cache.first()!.available = false;
    assert.deepEqual(newest(), [null]);
  });

  test('a channel that discord.js has not cached is watched only if GUILD_IDS names its guild', async () => {
    const fetch = async () => ({ id: THREAD, name: 'best of', parentId: CHANNEL });
    const isWatched = async (guildIds: string[]) =>
      (await stage([], fetch, guildIds).channels.findContext(THREAD)) !== null;
    assert.equal(await isWatched(['442294389964800640']), true);
    assert.equal(await isWatched(['442294389964800641']), false);
  });

  test('if the server leaves out the guild of a thread, the guild of its parent decides', async () => {
    const fetch = async () => ({
      id: THREAD,
      name: 'best of',
      parentId: CHANNEL,
      hidesGuild: true,
    });
    const contextIn = (guildId: string) => stage([], fetch, [guildId]).channels.findContext(THREAD);
    assert.equal((await contextIn(GUILD))?.guildName, 'Clip club');
    assert.equal(await contextIn('442294389964800641'), null);
  });

  test('if the server leaves out the guild of a channel, the guild of the event decides', async () => {
    const fetch = async () => ({ id: UNKNOWN, name: 'x', parentId: null, hidesGuild: true });
    const { channels } = stage([], fetch, [GUILD]);
    assert.equal((await channels.findContext(UNKNOWN, GUILD))?.guildName, 'Clip club');
    assert.ok(await channels.findWatched(UNKNOWN, GUILD));
    assert.equal(channels.checkWatched(UNKNOWN, GUILD), 'watched');
    for (const other of [null, '442294389964800641']) {
      assert.equal(channels.checkWatched(UNKNOWN, other), 'unwatched');
      assert.equal(await channels.findContext(UNKNOWN, other), null);
    }
  });

  test('a thread of a configured channel is watched even if discord.js has not cached the thread', async () => {
    const fetch = async () => ({ id: THREAD, name: 'best of', parentId: CHANNEL });
    const nameOf = async (channelIds: string[]) =>
      (await stage(channelIds, fetch).channels.findContext(THREAD))?.channelName;
    assert.equal(await nameOf([CHANNEL]), 'best of');
    assert.equal(await nameOf([THREAD]), 'best of');
    assert.equal(await nameOf([OTHER_CHANNEL]), undefined);
  });

  test('a channel that is unknown to Discord or hidden from the bot is not watched', async () => {
    for (const failure of [DENIED, UNKNOWN_CHANNEL]) {
      const { channels } = stage([], () => Promise.reject(failure));
      assert.equal(await channels.findContext(UNKNOWN), null, failure.message);
    }
  });

  // If a failed request made a channel unwatched, a short outage would lose clips in threads that discord.js has not
  // cached.
  test('if a request about a channel fails, the channel is not treated as unwatched', async () => {
    const faults = [
      apiFailure(403, 40_333),
      apiFailure(404, 0),
      apiFailure(404, 404),
      apiFailure(503, 0),
      serviceFailed('Discord is unreachable'),
    ];
    for (const fault of faults) {
      const { channels } = stage([], () => Promise.reject(fault));
      await assert.rejects(channels.findContext(UNKNOWN), (error) =>
        isFailure(error, 'ServiceFailed'),
      );
      assert.equal(channels.checkWatched(UNKNOWN), 'unknown');
    }
  });

  test('after Discord has answered a request about a channel, the request is not repeated', async () => {
    const { channels, calls } = stage([CHANNEL], () => Promise.reject(UNKNOWN_CHANNEL));
    assert.equal(channels.checkWatched(CHANNEL), 'watched');
    assert.equal(channels.checkWatched(UNKNOWN), 'unknown');
    await channels.findContext(UNKNOWN);
    assert.equal(channels.checkWatched(UNKNOWN), 'unwatched');
    assert.equal(stage([OTHER_CHANNEL]).channels.checkWatched(CHANNEL), 'unwatched');
    assert.deepEqual(calls.fetches, [UNKNOWN]);
  });

  test('if the bot was added to a private thread, the thread is readable even if its parent is hidden', async (t) => {
    const { emulator, guild, channel } = await stageEmulator(t);
    const addThread = (name: string, parentId: string, type: ChannelType, hasBot = false) =>
      emulator.addChannel({ guildId: guild.id, name, parentId, type, hasBot });
    const addChannel = (name: string) => emulator.addChannel({ guildId: guild.id, name }).id;
    const [hidden, silent] = [addChannel('hidden'), addChannel('silent')];
    emulator.deny(hidden, 'VIEW_CHANNEL');
    emulator.deny(silent, 'READ_MESSAGE_HISTORY');
    addThread('finals', hidden, ChannelType.PrivateThread, true);
    addThread('public of hidden', hidden, ChannelType.PublicThread);
    addThread('private of silent', silent, ChannelType.PrivateThread, true);
    addThread('best of', channel.id, ChannelType.PublicThread);
    const { client } = await login(t, emulator);
    const names = createWatchedChannels(client, createFakeDiscordClient().get, EVERYTHING)
      .listReadable()
      .map(({ channelName }) => channelName);
    assert.deepEqual(names.sort(), ['best of', 'finals', 'overtime']);
  });

  test('CHANNEL_IDS and EXCLUDE_CHANNEL_IDS may name a category, a forum, a channel or a thread, and stand for everything in it', async (t) => {
    const { emulator, guild, channel } = await stageEmulator(t);
    const add = (name: string, type: ChannelType, parentId?: string): string =>
      emulator.addChannel({ guildId: guild.id, name, type, ...(parentId && { parentId }) }).id;
    const category = add('games', ChannelType.GuildCategory);
    const text = add('comet', ChannelType.GuildText, category);
    const forum = add('clips', ChannelType.GuildForum, category);
    const post = add('post', ChannelType.PublicThread, forum);
    const thread = add('thread', ChannelType.PublicThread, text);
    add('lobby', ChannelType.GuildVoice, category);
    const { client } = await login(t, emulator);
    const { get } = createFakeDiscordClient();
    const watchedBy = (channelIds: string[], excludeChannelIds: string[] = []): string => {
      const bounds = { channelIds, excludeChannelIds, guildIds: [] };
      const channels = createWatchedChannels(client, get, bounds);
      const listed = [...channels.listReadable(), ...channels.listThreadParents()];
      for (const { id, name } of emulator.channels) {
        const isListed = listed.some(({ channelId }) => channelId === id);
        if (id === category) continue;
        assert.equal(channels.checkWatched(id), isListed ? 'watched' : 'unwatched', name);
      }
      return [...new Set(listed.map(({ channelName }) => channelName))].sort().join(' ');
    };
    assert.equal(watchedBy([]), 'clips comet lobby overtime post thread');
    assert.equal(watchedBy([category]), 'clips comet lobby post thread');
    assert.equal(watchedBy([forum]), 'clips post');
    assert.equal(watchedBy([channel.id, post]), 'overtime post');
    assert.equal(watchedBy([], [category]), 'overtime');
    assert.equal(watchedBy([], [forum, thread]), 'comet lobby overtime');
    assert.equal(watchedBy([category], [text]), 'clips lobby post');
    assert.equal(watchedBy([text], [category]), '');
  });

  test('an archived thread that only Discord knows is watched if its category is, and not if its category is excluded', async (t) => {
    const { emulator, guild } = await stageEmulator(t);
    const type = ChannelType.GuildCategory;
    const category = emulator.addChannel({ guildId: guild.id, name: 'games', type });
    const place = { guildId: guild.id, parentId: category.id };
    const parent = emulator.addChannel({ ...place, name: 'comet' });
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'old',
      type: ChannelType.PublicThread,
      parentId: parent.id,
      archivedAt: new Date(1e12),
    });
    const { client } = await login(t, emulator);
    const { token, apiUrl } = emulator;
    const get = createGet({ token, apiUrl, requestsPerSecond: 1000 });
    const isWatched = async (bounds: { channelIds: string[]; excludeChannelIds: string[] }) => {
      const channels = createWatchedChannels(client, get, { ...bounds, guildIds: [] });
      assert.equal(channels.checkWatched(thread.id), 'unknown');
      return (await channels.findWatched(thread.id)) !== null;
    };
    assert.equal(await isWatched({ channelIds: [category.id], excludeChannelIds: [] }), true);
    assert.equal(await isWatched({ channelIds: [], excludeChannelIds: [category.id] }), false);
    const channels = createWatchedChannels(client, get, {
      ...EVERYTHING,
      channelIds: [category.id],
    });
    const deleted = { id: thread.id, parentId: parent.id, categoryId: null, guildId: guild.id };
    assert.equal(channels.isPlaceAllowed(deleted), true, 'also after it was deleted');
  });

  test('only the public threads of watched channels are listed when they are archived', async (t) => {
    const { emulator, guild, channel } = await stageEmulator(t);
    const addThread = (name: string, parentId: string, type: ChannelType): string =>
      emulator.addChannel({ guildId: guild.id, name, parentId, type, hasBot: true }).id;
    const unwatched = emulator.addChannel({ guildId: guild.id, name: 'lounge' });
    const named = addThread('thread in CHANNEL_IDS', unwatched.id, ChannelType.PublicThread);
    addThread('public', channel.id, ChannelType.PublicThread);
    addThread('private', channel.id, ChannelType.PrivateThread);
    const { client } = await login(t, emulator);
    const channels = createWatchedChannels(client, createFakeDiscordClient().get, {
      channelIds: [channel.id, named],
      guildIds: [],
    });
    const readable = channels.listReadable();
    assert.deepEqual(readable.map(({ channelName }) => channelName).sort(), [
      'overtime',
      'private',
      'public',
      'thread in CHANNEL_IDS',
    ]);
    for (const each of readable) {
      const isListed = each.channelName === 'public';
      assert.equal(each.listingParentId !== null, isListed, each.channelName);
      const found = await channels.findWatched(each.channelId);
      assert.equal(found?.listingParentId != null, isListed, each.channelName);
    }
  });

  test('if the bot lacks Connect, a voice channel is unreadable; threads of age-restricted channels are age-restricted', async (t) => {
    const { emulator, guild } = await stageEmulator(t);
    const type = ChannelType.GuildVoice;
    emulator.addChannel({ guildId: guild.id, name: 'lobby', type });
    const closed = emulator.addChannel({ guildId: guild.id, name: 'closed', type });
    emulator.deny(closed.id, 'CONNECT');
    const parent = emulator.addChannel({ guildId: guild.id, name: 'gore', nsfw: true });
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'finishers',
      parentId: parent.id,
      type: ChannelType.PublicThread,
    });
    const { client } = await login(t, emulator);
    const channels = createWatchedChannels(client, createFakeDiscordClient().get, EVERYTHING);
    const names = channels.listReadable().map(({ channelName }) => channelName);
    assert.deepEqual(names.sort(), ['finishers', 'gore', 'lobby', 'overtime']);
    for (const { id } of [parent, thread]) {
      assert.equal((await channels.findContext(id))?.isAgeRestricted, true);
    }
    assert.ok(!('isAgeRestricted' in (await channels.findContext(closed.id))!));
  });
});
