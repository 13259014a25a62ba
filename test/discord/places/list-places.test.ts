import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import type { PlaceCursor, PlacePage, PlaceScope } from '../../../src/clip/places/place.ts';
import { createGet } from '../../../src/discord/rest-client.ts';
import { createRestPort } from '../../../src/discord/rest-port.ts';
import type { Fault } from '../../../src/emulator/faults.ts';
import type { NewChannel } from '../../../src/emulator/world/world.ts';
import { failureOf, jsonError, stage, TOKEN, typeOf } from '../stage.ts';

const ARCHIVED = 'GET /channels/:id/threads/archived/public';
const JOINED = 'GET /channels/:id/users/@me/threads/archived/private';
const ACTIVE = 'GET /guilds/:id/threads/active';
const LONG_AGO = new Date('2019-05-01T12:00:00Z');

function createPort(
  apiUrl: string,
  bounds: { guildIds?: string[]; excludeChannelIds?: string[] } = {},
) {
  const get = createGet({ token: TOKEN, apiUrl, requestsPerSecond: 1000 });
  return createRestPort({ apiUrl, ...bounds }, get);
}

async function aServer(t: TestContext) {
  const { emulator, guild, channel } = await stage(t);
  /** EXCLUDE_CHANNEL_IDS; a test adds ids after it has created the channels. */
  const excludeChannelIds: string[] = [];
  const discord = createPort(emulator.apiUrl, { excludeChannelIds });
  const add = (name: string, options: Partial<NewChannel> = {}) =>
    emulator.addChannel({ guildId: guild.id, name, ...options });
  const addThread = (name: string, options: Partial<NewChannel> = {}) =>
    add(name, { type: ChannelType.PublicThread, parentId: channel.id, ...options });

  /** Lists all pages. */
  async function list(scope: PlaceScope, threads = true): Promise<PlacePage & { names: string[] }> {
    const all: PlacePage = { readable: [], unreadable: [], next: null };
    do {
      const page = await discord.listPlaces(scope, { threads, cursor: all.next });
      all.readable.push(...page.readable);
      all.unreadable.push(...page.unreadable);
      all.next = page.next;
    } while (all.next !== null);
    return { ...all, names: all.readable.map(({ channelName }) => channelName).sort() };
  }
  return { emulator, guild, channel, discord, add, addThread, list, excludeChannelIds };
}

test('a category, a forum, a channel with threads and a channel without threads have different kinds', async (t) => {
  const { emulator, channel, discord, add, addThread } = await aServer(t);
  const kindOf = async (channelId: string) => (await discord.findChannelKind(channelId)).kind;
  const kinds: [ChannelType, string][] = [
    [ChannelType.GuildCategory, 'category'],
    [ChannelType.GuildForum, 'forum'],
    [ChannelType.GuildMedia, 'forum'],
    [ChannelType.GuildAnnouncement, 'threaded'],
    [ChannelType.GuildVoice, 'plain'],
    [ChannelType.GuildStageVoice, 'plain'],
  ];
  for (const [type, kind] of kinds) assert.equal(await kindOf(add('x', { type }).id), kind);
  assert.equal(await kindOf(addThread('thread').id), 'plain');
  assert.deepEqual(await discord.findChannelKind(channel.id), {
    channelName: 'overtime',
    kind: 'threaded',
  });
  emulator.deny(channel.id, 'VIEW_CHANNEL');
  assert.equal(await typeOf(discord.findChannelKind(channel.id)), 'InvalidInput');
});

test('look-ups of many threads in a known guild cost one request each, and see a permission that the bot has lost in the channel', async (t) => {
  const { emulator, channel, discord, add, addThread } = await aServer(t);
  const threads = [1, 2, 3].map((n) => addThread(`thread ${n}`));
  const others = [1, 2].map((n) => add(`channel ${n}`));
  const lookUp = (channelId: string) => discord.readableChannel(channelId, { inKnownGuild: true });
  await lookUp(threads[0]!.id);
  const before = emulator.stats.requests(/./);
  for (const { id } of [...threads.slice(1), ...others]) await lookUp(id);
  assert.equal(emulator.stats.requests(/./) - before, 4);
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
  assert.equal(await typeOf(lookUp(channel.id)), 'InvalidInput');
});

test('a thread is readable as soon as the bot has the permission in its channel again, although the channel was looked up without it', async (t) => {
  const { emulator, channel, discord, addThread } = await aServer(t);
  const thread = addThread('thread');
  const lookUp = () => discord.readableChannel(thread.id, { inKnownGuild: true });
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
  assert.equal(await typeOf(lookUp()), 'InvalidInput');
  emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
  assert.equal((await lookUp()).channelName, 'thread');
});

describe('listPlaces', () => {
  test('a guild has its text, voice, stage and announcement channels and all threads of its text channels, forums and media channels', async (t) => {
    const { emulator, guild, channel, add, addThread, list } = await aServer(t);
    emulator.allow(channel.id, 'MANAGE_THREADS');
    add('category', { type: ChannelType.GuildCategory });
    add('voice', { type: ChannelType.GuildVoice });
    add('stage', { type: ChannelType.GuildStageVoice });
    const news = add('news', { type: ChannelType.GuildAnnouncement });
    const forum = add('forum', { type: ChannelType.GuildForum });
    const media = add('media', { type: ChannelType.GuildMedia });
    addThread('active');
    addThread('archived', { archivedAt: LONG_AGO });
    addThread('of news', {
      type: ChannelType.AnnouncementThread,
      parentId: news.id,
      archivedAt: LONG_AGO,
    });
    addThread('post', { parentId: forum.id, archivedAt: LONG_AGO });
    addThread('reel', { parentId: media.id });
    const { names, readable, unreadable } = await list({ guildId: guild.id });
    assert.deepEqual(names, [
      'active',
      'archived',
      'news',
      'of news',
      'overtime',
      'post',
      'reel',
      'stage',
      'voice',
    ]);
    assert.deepEqual(unreadable, []);
    const post = readable.find(({ channelName }) => channelName === 'post');
    assert.deepEqual([post?.parentId, post?.type, post?.guildId], [forum.id, 11, guild.id]);
    const text = readable.find(({ channelId }) => channelId === channel.id);
    assert.deepEqual([text?.parentId, text?.lastMessageId], [null, null]);
  });

  test('with endsBeforeArchived, the first page ends before the archived threads, but not if it would be empty', async (t) => {
    const { emulator, guild, add, addThread, discord } = await aServer(t);
    addThread('active');
    addThread('archived', { archivedAt: LONG_AGO });
    const forum = add('forum', { type: ChannelType.GuildForum });
    addThread('post', { parentId: forum.id, archivedAt: LONG_AGO });
    const options = { threads: true, endsBeforeArchived: true };
    const namesOf = ({ readable }: PlacePage) => readable.map(({ channelName }) => channelName);
    const first = await discord.listPlaces({ guildId: guild.id }, options);
    assert.deepEqual(namesOf(first).sort(), ['active', 'overtime']);
    assert.equal(emulator.stats.requests(/archived/), 0);
    const scope = { guildId: guild.id };
    const rest = await discord.listPlaces(scope, { threads: true, cursor: first.next });
    assert.deepEqual([namesOf(rest).sort(), rest.next], [['archived', 'post'], null]);
    const posts = await discord.listPlaces({ channelId: forum.id }, options);
    assert.deepEqual([namesOf(posts), posts.next], [['post'], null]);
  });

  test('without threads, a guild has only its channels', async (t) => {
    const { emulator, guild, add, addThread, list } = await aServer(t);
    add('forum', { type: ChannelType.GuildForum });
    addThread('active');
    const { names } = await list({ guildId: guild.id }, false);
    assert.deepEqual(names, ['overtime']);
    assert.equal(emulator.stats.requests(/threads/), 0);
  });

  test('a category has its channels with their threads, a channel its threads, and a thread only itself', async (t) => {
    const { channel, add, addThread, list } = await aServer(t);
    const category = add('category', { type: ChannelType.GuildCategory });
    const inside = add('inside', { parentId: category.id });
    const forum = add('forum', { type: ChannelType.GuildForum, parentId: category.id });
    addThread('outside thread');
    const thread = addThread('thread', { parentId: inside.id });
    addThread('old post', { parentId: forum.id, archivedAt: LONG_AGO });
    const namesIn = async (channelId: string) => (await list({ channelId })).names;
    assert.deepEqual(await namesIn(category.id), ['inside', 'old post', 'thread']);
    assert.deepEqual(await namesIn(inside.id), ['inside', 'thread']);
    assert.deepEqual(await namesIn(channel.id), ['outside thread', 'overtime']);
    assert.deepEqual(await namesIn(forum.id), ['old post']);
    assert.deepEqual(await namesIn(thread.id), ['thread']);
  });

  test('the scope "all" has the places of every guild that GUILD_IDS allows', async (t) => {
    const { emulator, guild, list } = await aServer(t);
    const other = emulator.addGuild({ name: 'Other' });
    emulator.addChannel({ guildId: other.id, name: 'elsewhere' });
    assert.deepEqual((await list({ all: true })).names, ['elsewhere', 'overtime']);
    const bounded = createPort(emulator.apiUrl, { guildIds: [guild.id] });
    const page = await bounded.listPlaces({ all: true }, { threads: false });
    assert.deepEqual(
      page.readable.map(({ channelName }) => channelName),
      ['overtime'],
    );
    const refused = await failureOf(bounded.listPlaces({ guildId: other.id }, { threads: false }));
    assert.equal(refused.type, 'InvalidInput');
    assert.match(refused.message, /^GUILD_IDS does not allow the server \d+: add its id/);
  });

  test('archived private threads are listed if the bot has joined them, and all of them with Manage Threads', async (t) => {
    const { emulator, channel, addThread, list } = await aServer(t);
    const type = ChannelType.PrivateThread;
    addThread('joined', { type, archivedAt: LONG_AGO, hasBot: true });
    addThread('secret', { type, archivedAt: LONG_AGO });
    addThread('active secret', { type });
    addThread('active joined', { type, hasBot: true });
    const { names, unreadable } = await list({ channelId: channel.id });
    assert.deepEqual(names, ['active joined', 'joined', 'overtime']);
    assert.deepEqual(
      unreadable.map(({ reason }) => reason),
      [
        'only the private archived threads of #overtime that the bot has joined are listed: grant the bot Manage Threads there to list all',
      ],
    );
    emulator.allow(channel.id, 'MANAGE_THREADS');
    // A new port remembers nothing of the server.
    const discord = createPort(emulator.apiUrl);
    const page = await discord.listPlaces({ channelId: channel.id }, { threads: true });
    assert.deepEqual(page.readable.map(({ channelName }) => channelName).sort(), [
      'active joined',
      'active secret',
      'joined',
      'overtime',
      'secret',
    ]);
    assert.deepEqual(page.unreadable, []);
  });

  test('if Discord denies the list of private threads, the threads that the bot has joined are listed, and the messages of the channel can still be read', async (t) => {
    const { emulator, channel, discord, addThread, list } = await aServer(t);
    addThread('joined', { type: ChannelType.PrivateThread, archivedAt: LONG_AGO, hasBot: true });
    emulator.allow(channel.id, 'MANAGE_THREADS');
    const route = 'GET /channels/:id/threads/archived/private';
    emulator.faults.add({ route, ...jsonError(403, 50013) });
    const { names, unreadable } = await list({ channelId: channel.id });
    assert.deepEqual(names, ['joined', 'overtime']);
    assert.deepEqual(
      unreadable.map(({ reason }) => reason),
      [
        'Discord denies the list of the private archived threads of #overtime: grant the bot Manage Threads there',
      ],
    );
    assert.deepEqual(await discord.fetchHistory(channel.id, { limit: 1 }), []);
  });

  test('if the server names no next page of a list, or ignores the position of the next page, the channel is listed as unreadable', async (t) => {
    const { emulator, channel, addThread, list } = await aServer(t);
    const thread = addThread('old', { archivedAt: LONG_AGO });
    emulator.allow(channel.id, 'MANAGE_THREADS');
    const withoutTime = { id: thread.id, name: 'old', type: 11, parent_id: channel.id };
    const archived = { ...withoutTime, thread_metadata: { archive_timestamp: '2019-05-01' } };
    for (const threads of [[], [withoutTime], [archived]]) {
      emulator.faults.clear();
      emulator.faults.add({ route: ARCHIVED, status: 200, body: { threads, has_more: true } });
      const { unreadable } = await list({ channelId: channel.id });
      assert.deepEqual(
        unreadable.map(({ reason }) => reason),
        [
          'the list of the archived threads of #overtime ends early, so threads are missing: the server names no next page',
        ],
      );
    }
  });

  test('every archived thread is listed if many threads were archived in the same millisecond', async (t) => {
    const { emulator, channel, addThread, list } = await aServer(t);
    for (let n = 0; n < 60; n++) addThread(`a${n}`, { archivedAt: new Date('2022-02-02') });
    for (let n = 0; n < 90; n++) addThread(`b${n}`, { archivedAt: LONG_AGO });
    addThread('last', { archivedAt: new Date('2018-01-01') });
    const { names } = await list({ channelId: channel.id });
    assert.equal(new Set(names).size, 152);
    assert.ok(emulator.stats.requests(ARCHIVED) <= 3);
  });

  test('all joined threads are listed page by page in the order of their ids', async (t) => {
    const { emulator, channel, addThread, list } = await aServer(t);
    const options = { type: ChannelType.PrivateThread, archivedAt: LONG_AGO, hasBot: true };
    for (let n = 0; n < 205; n++) addThread(`t${n}`, options);
    const { names } = await list({ channelId: channel.id });
    assert.equal(names.length, 206, 'no thread is listed twice');
    assert.equal(new Set(names).size, 206);
    assert.equal(emulator.stats.requests(/GET .*users.*archived/), 3);
  });

  test('a thread that becomes active while its channel is listed is listed', async (t) => {
    const { emulator, channel, addThread, list } = await aServer(t);
    addThread('revived');
    // The thread is archived when the active threads are listed, and active when the archived threads are listed.
    emulator.faults.add({ route: ACTIVE, times: 1, status: 200, body: { threads: [] } });
    const { names } = await list({ channelId: channel.id });
    assert.deepEqual(names, ['overtime', 'revived']);
  });

  test('a channel that the bot cannot read is listed with what to grant, and its threads are not requested', async (t) => {
    const { emulator, guild, channel, add, addThread, list } = await aServer(t);
    addThread('archived', { archivedAt: LONG_AGO });
    const hidden = add('hidden');
    const voice = add('voice', { type: ChannelType.GuildVoice });
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    emulator.deny(hidden.id, 'VIEW_CHANNEL');
    emulator.deny(voice.id, 'CONNECT');
    const { names, unreadable } = await list({ guildId: guild.id });
    assert.deepEqual(names, []);
    assert.deepEqual(unreadable.map(({ reason }) => reason).sort(), [
      'the bot cannot read #hidden: grant it View Channel there',
      'the bot cannot read #overtime: grant it Read Message History there',
      'the bot cannot read #voice: grant it Connect there',
    ]);
    assert.equal(emulator.stats.requests(ARCHIVED), 0);
  });

  test('a private thread that the bot was added to is readable although its parent is hidden', async (t) => {
    const { emulator, guild, channel, addThread, list } = await aServer(t);
    addThread('finals', { type: ChannelType.PrivateThread, hasBot: true });
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    assert.deepEqual((await list({ guildId: guild.id })).names, ['finals']);
  });

  test('EXCLUDE_CHANNEL_IDS takes out a channel, a thread, and everything in a category or forum', async (t) => {
    const { guild, channel, add, addThread, list, discord, excludeChannelIds } = await aServer(t);
    const category = add('category', { type: ChannelType.GuildCategory });
    const inside = add('inside', { parentId: category.id });
    const forum = add('forum', { type: ChannelType.GuildForum });
    addThread('of inside', { parentId: inside.id });
    addThread('post', { parentId: forum.id, archivedAt: LONG_AGO });
    const thread = addThread('one', { archivedAt: LONG_AGO });
    addThread('two');
    excludeChannelIds.push(category.id, forum.id, thread.id);
    const { names } = await list({ guildId: guild.id });
    assert.deepEqual(names, ['overtime', 'two']);
    for (const channelId of [category.id, inside.id, forum.id, thread.id]) {
      const refused = await failureOf(discord.listPlaces({ channelId }, { threads: true }));
      assert.equal(refused.type, 'InvalidInput');
      assert.match(refused.message, /^EXCLUDE_CHANNEL_IDS takes out #/);
    }
    assert.equal(
      (await discord.listPlaces({ channelId: channel.id }, { threads: true })).next,
      null,
    );
  });

  test('if a request fails in the middle of a listing, the next page goes on at that request', async (t) => {
    const { emulator, channel, addThread, discord } = await aServer(t);
    addThread('archived', { archivedAt: LONG_AGO });
    emulator.faults.add({ route: ARCHIVED, times: 2, status: 503 });
    const options = { threads: true };
    const first = await discord.listPlaces({ channelId: channel.id }, options);
    assert.deepEqual(
      first.readable.map(({ channelName }) => channelName),
      ['overtime'],
    );
    const rest = { threads: true, cursor: first.next };
    const scope = { channelId: channel.id };
    assert.equal(await typeOf(discord.listPlaces(scope, rest)), 'ServiceFailed');
    const second = await discord.listPlaces(scope, rest);
    assert.deepEqual(
      second.readable.map(({ channelName }) => channelName),
      ['archived'],
    );
    assert.equal(second.next, null);
  });

  test('if the server rejects a list of threads without a clear reason, the listing fails, and with skipsRejected it goes on and names the list', async (t) => {
    const { emulator, guild, channel, discord } = await aServer(t);
    const html = { status: 404, body: '<html>no</html>' };
    const rejected: [route: string, answer: Partial<Fault>, list: string][] = [
      [ARCHIVED, jsonError(404, 0), 'archived threads of #overtime'],
      [JOINED, html, 'joined private archived threads of #overtime'],
      [ARCHIVED, { status: 200, body: {} }, 'archived threads of #overtime'],
      [ACTIVE, jsonError(403, 60_003), `active threads of the server ${guild.id}`],
    ];
    const scope = { channelId: channel.id };
    for (const [route, answer, list] of rejected) {
      emulator.faults.clear();
      emulator.faults.add({ route, ...answer });
      let cursor: PlaceCursor | null = null;
      if (route !== ACTIVE) cursor = (await discord.listPlaces(scope, { threads: true })).next;
      const again = { threads: true, cursor };
      assert.equal(await typeOf(discord.listPlaces(scope, again)), 'ServiceFailed', list);
      const { unreadable } = await discord.listPlaces(scope, { ...again, skipsRejected: true });
      const reason = unreadable[0]?.reason ?? '';
      assert.ok(reason.startsWith(`the list of the ${list} failed again and again`), reason);
    }
    emulator.faults.clear();
    emulator.faults.add({ route: ACTIVE, status: 503 });
    // A new port does not remember the rejection.
    const skipping = { threads: true, skipsRejected: true };
    const later = createPort(emulator.apiUrl).listPlaces(scope, skipping);
    assert.equal(await typeOf(later), 'ServiceFailed', 'the server may answer later');
  });

  test('if the bot has lost a guild when the channels are requested, the other guilds are listed', async (t) => {
    const { emulator, list } = await aServer(t);
    const other = emulator.addGuild({ name: 'Other' });
    emulator.faults.add({
      route: new RegExp(`guilds/${other.id}/channels`),
      ...jsonError(403, 50_001),
    });
    const { names, unreadable } = await list({ all: true });
    assert.deepEqual(names, ['overtime']);
    const lost = unreadable.find(({ channelId }) => channelId === other.id);
    assert.match(lost?.reason ?? '', /^the bot is not in the server \d+: invite the bot$/);
  });

  test('a guild that the server rejects without a clear reason does not end a listing of all guilds that skips it', async (t) => {
    const { emulator, discord } = await aServer(t);
    const other = emulator.addGuild({ name: 'Other' });
    emulator.faults.add({ route: new RegExp(`guilds/${other.id}`), ...jsonError(404, 0) });
    const scope = { all: true } as const;
    const first = await discord.listPlaces(scope, { threads: false });
    assert.deepEqual([first.readable.length, first.next?.guildId], [1, other.id]);
    const again = { threads: false, cursor: first.next };
    assert.equal(await typeOf(discord.listPlaces(scope, again)), 'ServiceFailed');
    const rest = await discord.listPlaces(scope, { ...again, skipsRejected: true });
    assert.deepEqual([rest.unreadable[0]?.channelId, rest.next], [other.id, null]);
  });

  test('if the server lists no threads, as compatible servers may do, its channels are listed, and the reasons name the lists', async (t) => {
    const { emulator, guild, list } = await aServer(t);
    emulator.faults.add({ route: /threads/, status: 404, body: { message: 'no', code: 404 } });
    emulator.quirks.errorCodeIsStatus = true;
    const { names, unreadable } = await list({ guildId: guild.id });
    assert.deepEqual(names, ['overtime']);
    assert.deepEqual(
      unreadable.map(({ reason }) => reason),
      [
        `Discord denies the list of the active threads of the server ${guild.id}: grant the bot View Channel there`,
        'Discord denies the list of the archived threads of #overtime: grant the bot Read Message History there',
        'Discord denies the list of the joined private archived threads of #overtime: grant the bot Read Message History there',
      ],
    );
  });

  test('if the bot is not in the guild, or the channel does not exist, the listing fails and says what to correct', async (t) => {
    const { discord } = await aServer(t);
    const missing = '442294389964800699';
    const guild = await failureOf(discord.listPlaces({ guildId: missing }, { threads: true }));
    assert.equal(guild.type, 'InvalidInput');
    assert.equal(guild.message, `the bot is not in the server ${missing}: invite the bot`);
    const channel = await failureOf(discord.listPlaces({ channelId: missing }, { threads: true }));
    assert.equal(channel.type, 'InvalidInput');
    assert.match(channel.message, /^unknown channel/);
  });
});
