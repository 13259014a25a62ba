import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import type { Emulator } from '../../src/emulator/emulator.ts';
import type { Get } from '../../src/discord/rest-client.ts';
import { createRestPort } from '../../src/discord/rest-port.ts';
import { heapBytes } from '../support/heap-bytes.ts';
import { assertIsPlain, HOSTILE_NAME } from '../ingest/hostile-name.ts';
import { failureOf, jsonError, MESSAGE, stage, typeOf } from './stage.ts';

describe('readableChannel', () => {
  test('the look-up of a readable channel returns its name, its guild and functions that find names for mentions', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const { findChannelName, findRoleName, ...context } = await discord.readableChannel(channel.id);
    assert.deepEqual(context, {
      channelId: channel.id,
      channelName: 'overtime',
      guildId: guild.id,
      guildName: 'Clip club',
      selfId: emulator.botId,
    });
    assert.deepEqual(
      [channel.id, other.id, '999'].map((id) => findChannelName?.(id)),
      ['overtime', 'other', null],
    );
    assert.deepEqual(
      [guild.id, '999'].map((id) => findRoleName?.(id)),
      ['@everyone', null],
    );
  });

  test('the result of a channel look-up is cached for ten minutes', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, channel, discord } = await stage(t);
    const lookUps = () => emulator.stats.requests('GET /channels/:id');
    for (let n = 0; n < 3; n++) await discord.readableChannel(channel.id);
    assert.equal(lookUps(), 1);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    t.mock.timers.tick(10 * 60 * 1000);
    assert.equal(await typeOf(discord.readableChannel(channel.id)), 'InvalidInput');
    assert.equal(lookUps(), 2);
  });

  test('the channels of a guild share the channel and role names of the newest look-up in the guild', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const thread = addThread(emulator, { guildId: guild.id, parentId: channel.id });
    await discord.readableChannel(channel.id);
    const newer = emulator.addChannel({ guildId: guild.id, name: 'newer' });
    await discord.readableChannel(thread.id);
    const requests = emulator.stats.requests(/./);
    const { channelName, findChannelName, findRoleName } = await discord.readableChannel(
      channel.id,
    );
    assert.equal(emulator.stats.requests(/./), requests, 'the channel is cached');
    assert.equal(channelName, 'overtime');
    assert.equal(findChannelName?.(newer.id), 'newer');
    assert.equal(findRoleName?.(guild.id), '@everyone');
  });

  test('a channel that is used again and again stays cached while channels of 120 other guilds are looked up', async () => {
    const { get, lookUps } = createLargeGuild({ channels: 1, roles: 1 });
    /** Puts each channel into a guild of its own, whose id is the channel's id. */
    const getFromOwnGuild: Get = async (path, options) => {
      const answer = await get<object>(path, options);
      const [, kind, id, ...rest] = path.split('/');
      if (kind === 'channels') return { ...answer, guild_id: id } as never;
      if (kind !== 'guilds' || rest.length > 0) return answer as never;
      return { id, name: 'guild', roles: [{ id, name: '@everyone', permissions: '8' }] } as never;
    };
    const discord = createRestPort({ apiUrl: 'https://discord.com/api' }, getFromOwnGuild);
    const lookUp = (n: number) => discord.readableChannel(idOf(10_000 + n));
    await lookUp(0);
    for (let n = 1; n <= 120; n++) {
      await lookUp(n);
      const before = lookUps();
      assert.equal((await lookUp(0)).channelName, 'best of');
      assert.equal(lookUps(), before, `the channel is cached after ${n} other guilds`);
    }
  });

  test('if thousands of threads are looked up, the memory of their look-ups is bounded', async () => {
    const guild = createLargeGuild({ channels: 500, roles: 100 });
    const discord = createRestPort({ apiUrl: 'https://discord.com/api' }, guild.get);
    const lookUp = (thread: number) => discord.readableChannel(idOf(10_000 + thread));
    await lookUp(0);
    const beforeBytes = heapBytes();
    for (let thread = 1; thread <= 5000; thread++) await lookUp(thread);
    const kilobytes = (heapBytes() - beforeBytes) / 1000;
    assert.ok(kilobytes < 3000, `the cache grew by ${Math.round(kilobytes)} KB`);
    const before = guild.lookUps();
    await lookUp(5000);
    assert.equal(guild.lookUps(), before, 'the newest thread is cached');
    await lookUp(1);
    assert.equal(guild.lookUps(), before + 1, 'the oldest thread is forgotten');
  });

  test('if the caller asks for fresh permissions, a channel look-up ignores the cache', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    await discord.readableChannel(channel.id);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    assert.ok(await discord.readableChannel(channel.id));
    const fresh = () => discord.readableChannel(channel.id, { fresh: true });
    assert.equal(await typeOf(fresh()), 'InvalidInput');
    assert.equal(await typeOf(discord.readableChannel(channel.id)), 'InvalidInput');
    emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
    assert.ok(await fresh());
  });

  test('a thread is readable only if the bot can read the parent channel', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'best of',
      type: ChannelType.PublicThread,
      parentId: channel.id,
    });
    assert.equal((await discord.readableChannel(thread.id)).channelName, 'best of');
    const second = emulator.addChannel({
      guildId: guild.id,
      name: 'worst of',
      type: ChannelType.PublicThread,
      parentId: channel.id,
    });
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const { type, message } = await failureOf(discord.readableChannel(second.id));
    assert.equal(type, 'InvalidInput');
    assert.equal(message, 'the bot cannot read #worst of: grant it Read Message History there');
  });

  test('if the bot was added to a private thread, the thread is readable even if its parent is hidden', async (t) => {
    const { emulator, guild, channel, user, discord } = await stage(t);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const add = (name: string) =>
      emulator.addChannel({
        guildId: guild.id,
        name,
        type: ChannelType.PrivateThread,
        parentId: channel.id,
        hasBot: true,
      });
    const thread = add('finals');
    assert.equal((await discord.readableChannel(thread.id)).channelName, 'finals');
    const { id } = emulator.postMessage({ channelId: thread.id, authorId: user.id, content: 'gg' });
    const { channelName, isAgeRestricted } = await discord.readableChannel(thread.id, {
      fresh: true,
    });
    assert.deepEqual([channelName, isAgeRestricted], ['finals', undefined]);
    emulator.faults.add({ route: MESSAGE, times: 1, ...jsonError(404, 10008) });
    assert.ok(await discord.readableChannel(thread.id, { fresh: true }), 'it was deleted');
    assert.equal((await discord.fetchHistory(thread.id, { limit: 1 }))[0]?.id, id);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const { type, message } = await failureOf(discord.readableChannel(thread.id, { fresh: true }));
    assert.equal(type, 'InvalidInput');
    assert.equal(message, 'the bot cannot read #finals: grant it Read Message History there');
  });

  test('if a server returns the hidden parent of a private thread, the thread is still readable', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'finals',
      type: ChannelType.PrivateThread,
      parentId: channel.id,
      hasBot: true,
    });
    const overwrites = emulator.channels.find(({ id }) => id === channel.id)?.overwrites;
    const parent = {
      id: channel.id,
      type: 0,
      guild_id: guild.id,
      permission_overwrites: overwrites,
    };
    const route = new RegExp(`^GET /channels/${channel.id}$`);
    emulator.faults.add({ route, status: 200, body: parent });
    assert.equal((await discord.readableChannel(thread.id)).channelName, 'finals');
  });

  test('if a channel is a voice or stage channel, reading its chat also requires Connect', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    for (const type of [ChannelType.GuildVoice, ChannelType.GuildStageVoice]) {
      const { id } = emulator.addChannel({ guildId: guild.id, name: 'lobby', type });
      assert.equal((await discord.readableChannel(id)).channelName, 'lobby');
      emulator.deny(id, 'CONNECT');
      const { message } = await failureOf(discord.readableChannel(id, { fresh: true }));
      assert.equal(message, 'the bot cannot read #lobby: grant it Connect there');
    }
    const text = emulator.addChannel({ guildId: guild.id, name: 'text' });
    emulator.deny(text.id, 'CONNECT');
    assert.ok(await discord.readableChannel(text.id), 'a text channel does not need it');
  });

  test('if a channel is age-restricted, its threads are age-restricted too', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    const parent = emulator.addChannel({ guildId: guild.id, name: 'gore', nsfw: true });
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'finishers',
      type: ChannelType.PublicThread,
      parentId: parent.id,
    });
    for (const { id } of [parent, thread]) {
      assert.equal((await discord.readableChannel(id)).isAgeRestricted, true);
    }
  });

  test('the look-up of an unknown channel fails with InvalidInput and says how to copy the id', async (t) => {
    const { discord } = await stage(t);
    const { type, message } = await failureOf(discord.readableChannel('1196521684992000058'));
    assert.equal(type, 'InvalidInput');
    assert.equal(
      message,
      'unknown channel 1196521684992000058: copy the id from Discord (Developer Mode, Copy Channel ID)',
    );
  });

  test('the look-up of a forum or a category fails with InvalidInput because the channel has no messages of its own', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    for (const kind of [
      ChannelType.GuildForum,
      ChannelType.GuildMedia,
      ChannelType.GuildCategory,
    ]) {
      const { id } = emulator.addChannel({ guildId: guild.id, name: 'clips', type: kind });
      const { type, message } = await failureOf(discord.readableChannel(id));
      assert.equal(type, 'InvalidInput');
      assert.equal(
        message,
        '#clips has no messages of its own: use the id of one of its threads or channels',
      );
    }
  });

  test('if the bot lacks View Channel or Read Message History, the look-up of a channel fails with InvalidInput', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const unread = await failureOf(discord.readableChannel(channel.id));
    assert.equal(unread.type, 'InvalidInput');
    assert.equal(
      unread.message,
      'the bot cannot read #overtime: grant it Read Message History there',
    );
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const unseen = await failureOf(discord.readableChannel(channel.id));
    assert.equal(unseen.type, 'InvalidInput');
    assert.equal(
      unseen.message,
      `the bot cannot see channel ${channel.id}: grant it View Channel there`,
    );
  });

  test('while Discord returns errors, a channel look-up fails with ServiceFailed, and afterwards the look-up succeeds', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    const routes = [
      'GET /channels/:id',
      'GET /users/@me',
      'GET /guilds/:id',
      'GET /guilds/:id/members/:id',
    ];
    for (const route of routes) {
      emulator.faults.add({ route, times: 1, status: 503 });
      assert.equal(await typeOf(discord.readableChannel(channel.id)), 'ServiceFailed', route);
    }
    emulator.faults.add({ route: 'GET /channels/:id', times: 1, status: 404 });
    assert.equal(await typeOf(discord.readableChannel(channel.id)), 'ServiceFailed');
    assert.equal((await discord.readableChannel(channel.id)).channelName, 'overtime');
  });

  test('if the answer about a guild contains no roles, the roles are fetched from their own route', async (t) => {
    const { emulator, channel, discord } = await stage(t, { quirks: { guildsWithoutRoles: true } });
    assert.equal((await discord.readableChannel(channel.id)).guildName, 'Clip club');
    assert.equal(emulator.stats.requests('GET /guilds/:id/roles'), 1);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const denied = await failureOf(discord.readableChannel(channel.id, { fresh: true }));
    assert.match(denied.message, /^the bot cannot read #overtime: grant it Read Message History/);
  });

  test('if a response does not have the form that Discord documents, the look-up fails with ServiceFailed, not with a TypeError', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const odd: [string, unknown][] = [
      ['GET /channels/:id', {}],
      ['GET /guilds/:id/channels', { channels: [] }],
      [`GET /guilds/${guild.id}`, 'null'],
    ];
    for (const [route, body] of odd) {
      emulator.faults.add({
        route,
        times: 1,
        status: 200,
        body: body as object,
        headers: { 'Content-Type': 'application/json' },
      });
      const failure = await failureOf(discord.readableChannel(channel.id, { fresh: true }));
      assert.equal(failure.type, 'ServiceFailed', route);
      assert.match(failure.message, /did not answer like Discord/);
    }
    emulator.quirks.guildsWithoutRoles = true;
    emulator.faults.add({ route: 'GET /guilds/:id/roles', times: 1, status: 200, body: {} });
    const failure = await failureOf(discord.readableChannel(channel.id, { fresh: true }));
    assert.match(failure.message, /did not answer like Discord/);
  });

  test('if permissions are numbers, entries are null or fields are missing, the channel is still read', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const role = { id: guild.id, name: '@everyone', permissions: 66_560 };
    const body = { id: guild.id, roles: [role, { id: '1', name: 'x' }] };
    emulator.faults.add({ route: 'GET /guilds/:id', times: 1, status: 200, body });
    emulator.faults.add({ route: 'GET /guilds/:id/members/:id', times: 1, status: 200, body: {} });
    const channels = [null, { id: channel.id, name: 'overtime' }];
    emulator.faults.add({
      route: 'GET /guilds/:id/channels',
      times: 1,
      status: 200,
      body: channels,
    });
    const context = await discord.readableChannel(channel.id);
    assert.equal(context.findChannelName?.(channel.id), 'overtime');
    assert.equal(context.guildName, guild.id, 'a guild without a name has its id as its name');
  });

  test('if a category has a name with control characters, the failure shows the name as plain text', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    const { id } = emulator.addChannel({
      guildId: guild.id,
      name: HOSTILE_NAME,
      type: ChannelType.GuildCategory,
    });
    assertIsPlain((await failureOf(discord.readableChannel(id))).message, 200);
  });

  test('if the bot is not in the server of a channel, the look-up fails with InvalidInput', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    const unknown = { status: 404, body: { message: 'Unknown Member', code: 10_007 } };
    emulator.faults.add({ route: 'GET /guilds/:id/members/:id', times: 1, ...unknown });
    const failure = await failureOf(discord.readableChannel(channel.id));
    assert.equal(failure.type, 'InvalidInput');
    assert.equal(failure.message, 'the bot is not in the server of #overtime: invite the bot');
  });

  test('if a compatible server denies access to the roles of a guild, the error names the roles and does not say to invite the bot', async (t) => {
    const { emulator, channel, discord } = await stage(t, { quirks: { guildsWithoutRoles: true } });
    for (const status of [403, 404]) {
      const body = { message: 'no', code: status };
      emulator.faults.add({ route: 'GET /guilds/:id/roles', times: 1, status, body });
      const failure = await failureOf(discord.readableChannel(channel.id, { fresh: true }));
      assert.equal(failure.type, 'InvalidInput');
      assert.match(failure.message, /does not show the bot the roles of Clip club/);
    }
  });

  test('if a channel look-up needs more requests than the limit per second, the look-up still succeeds', async (t) => {
    const { channel, discord } = await stage(t, { client: { requestsPerSecond: 3 } });
    assert.equal((await discord.readableChannel(channel.id)).channelName, 'overtime');
  });
});

function addThread(emulator: Emulator, from: { guildId: string; parentId: string }) {
  return emulator.addChannel({ ...from, name: 'best of', type: ChannelType.PublicThread });
}

function idOf(number: number): string {
  return String(1196521684992000058n + BigInt(number));
}

/**
 * A fake client that needs no server. It answers at once if it is asked about the guild or about any thread in the
 * guild.
 */
function createLargeGuild({ channels, roles }: { channels: number; roles: number }) {
  const id = idOf(0);
  const guild = {
    id,
    name: 'Clip club',
    roles: Array.from({ length: roles }, (_, n) => ({
      ...{ id: idOf(n), name: `role ${n}`, permissions: '8' },
    })),
  };
  const list = Array.from({ length: channels }, (_, n) => ({ id: idOf(n), name: `channel ${n}` }));
  let lookUps = 0;
  function answerTo(path: string): unknown {
    if (path === '/users/@me') return { id: idOf(1) };
    if (path.includes('/members/')) return { roles: [] };
    if (path.endsWith('/channels')) return list;
    if (path.startsWith('/guilds/')) return guild;
    lookUps += 1;
    return { id: path.split('/')[2], name: 'best of', type: 11, guild_id: id };
  }
  return {
    get: ((path) => Promise.resolve(structuredClone(answerTo(path)))) as Get,
    lookUps: () => lookUps,
  };
}
