import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { createChannelDescriber } from '../../../src/discord/channels/describe-channel.ts';
import type { Get } from '../../../src/discord/rest-client.ts';
import { failureOf, stage } from '../stage.ts';

const GUILD_ID = '442294389964800640';
const CHANNEL_ID = '442294389964800641';
const PARENT_ID = '442294389964800642';

/** View Channel, Read Message History and Connect. */
const READABLE = String((1n << 10n) | (1n << 16n) | (1n << 20n));

interface Answers {
  channel: object;
  parent?: object;
  guild?: object;
}

/** Answers like a Discord that has one channel, its parent and its guild. */
async function describeWith({ channel, parent = {}, guild = {} }: Answers) {
  const everyone = { id: GUILD_ID, name: '@everyone', permissions: READABLE };
  const answers: Record<string, object> = {
    [`/channels/${CHANNEL_ID}`]: { id: CHANNEL_ID, ...channel },
    [`/channels/${PARENT_ID}`]: { id: PARENT_ID, ...parent },
    [`/guilds/${GUILD_ID}`]: { id: GUILD_ID, name: 'Clip club', roles: [everyone], ...guild },
  };
  const get: Get = (path) => Promise.resolve((answers[path] ?? []) as never);
  return await createChannelDescriber(get)(CHANNEL_ID);
}

const TEXT = { type: ChannelType.GuildText, guild_id: GUILD_ID, permission_overwrites: [] };
const denied = (bit: bigint, id = GUILD_ID) => ({
  id,
  type: 0,
  allow: '0',
  deny: String(1n << bit),
});

describe('describeChannel', () => {
  test('a channel that everyone may read is described as public, with its name and its server', async (t) => {
    const { guild, channel, discord } = await stage(t);
    assert.deepEqual(await discord.describeChannel(channel.id), {
      Id: channel.id,
      Name: 'overtime',
      guildId: guild.id,
      Guild_Name: 'Clip club',
      Parent_Id: null,
      Parent_Name: null,
      Nsfw: false,
      Public: true,
    });
  });

  test('if @everyone may not view a channel or not read its history, the channel is not public, although the bot may read it', async (t) => {
    for (const permission of ['VIEW_CHANNEL', 'READ_MESSAGE_HISTORY'] as const) {
      const { emulator, channel, discord } = await stage(t);
      emulator.deny(channel.id, permission, 'everyone');
      emulator.allow(channel.id, permission);
      assert.equal((await discord.describeChannel(channel.id)).Public, false, permission);
      assert.ok(await discord.readableChannel(channel.id), 'the bot may read the channel');
    }
  });

  test('if only the bot lacks Read Message History, the channel is still public', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    assert.equal((await discord.describeChannel(channel.id)).Public, true);
  });

  test('a public thread and a forum post have the permissions, the age restriction and the name of their parent', async (t) => {
    for (const type of [ChannelType.GuildText, ChannelType.GuildForum]) {
      const { emulator, guild, discord } = await stage(t);
      const parent = emulator.addChannel({ guildId: guild.id, name: 'best', type, nsfw: true });
      const addThread = (name: string) =>
        emulator.addChannel({
          guildId: guild.id,
          name,
          type: ChannelType.PublicThread,
          parentId: parent.id,
        });
      const [open, hidden] = [addThread('open'), addThread('hidden')];
      const { Name, Parent_Id, Parent_Name, Nsfw, Public } = await discord.describeChannel(open.id);
      assert.deepEqual(
        { Name, Parent_Id, Parent_Name, Nsfw, Public },
        { Name: 'open', Parent_Id: parent.id, Parent_Name: 'best', Nsfw: true, Public: true },
      );
      emulator.deny(parent.id, 'VIEW_CHANNEL', 'everyone');
      emulator.allow(parent.id, 'VIEW_CHANNEL');
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * 60 * 1000 });
      assert.equal((await discord.describeChannel(hidden.id)).Public, false);
      t.mock.timers.reset();
    }
  });

  test('a private thread is never public, even if everyone may read its parent', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'finals',
      type: ChannelType.PrivateThread,
      parentId: channel.id,
      hasBot: true,
    });
    assert.equal((await discord.describeChannel(thread.id)).Public, false);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const { Name, Parent_Id, Public } = await discord.describeChannel(thread.id);
    assert.deepEqual(
      { Name, Parent_Id, Public },
      { Name: 'finals', Parent_Id: channel.id, Public: false },
    );
  });

  test('an age-restricted channel is described as such', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    const channel = emulator.addChannel({ guildId: guild.id, name: 'adults', nsfw: true });
    assert.equal((await discord.describeChannel(channel.id)).Nsfw, true);
  });

  test('a voice channel is public only if @everyone may also connect', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    const voice = emulator.addChannel({
      guildId: guild.id,
      name: 'lounge',
      type: ChannelType.GuildVoice,
    });
    assert.equal((await discord.describeChannel(voice.id)).Public, true);
    emulator.deny(voice.id, 'CONNECT', 'everyone');
    assert.equal((await discord.describeChannel(voice.id)).Public, false);
  });

  test('a hundred threads of one channel cost one request each, and one for the parent and one for the server', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const threads = Array.from({ length: 100 }, (_, index) =>
      emulator.addChannel({
        guildId: guild.id,
        name: `thread ${index}`,
        type: ChannelType.PublicThread,
        parentId: channel.id,
      }),
    );
    const before = emulator.stats.requests(/./);
    for (const { id } of threads) await discord.describeChannel(id);
    assert.equal(emulator.stats.requests(/./) - before, threads.length + 2);
  });

  test('if Discord does not know the channel or hides it, describeChannel fails as a look-up of the channel does', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    const unknown = await failureOf(discord.describeChannel('442294389964800699'));
    assert.equal(unknown.type, 'InvalidInput');
    assert.match(unknown.message, /^unknown channel 442294389964800699: /);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const hidden = await failureOf(discord.describeChannel(channel.id));
    assert.equal(hidden.type, 'InvalidInput');
    assert.match(hidden.message, /^the bot cannot see channel \d+: grant it View Channel there$/);
  });

  test('if Discord fails, describeChannel fails with the same error as every other request', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    emulator.faults.add({ route: 'GET /guilds/:id', times: 1, status: 503 });
    assert.equal((await failureOf(discord.describeChannel(channel.id))).type, 'ServiceFailed');
  });

  test('a channel is public only if no part of the facts is missing', async () => {
    const isPublic = async (answers: Answers) => (await describeWith(answers)).Public;
    assert.equal(await isPublic({ channel: TEXT }), true);
    const doubtful: Record<string, Answers> = {
      'a direct message': { channel: { type: ChannelType.DM } },
      'a group': { channel: { type: ChannelType.GroupDM, name: 'friends' } },
      'a type of the future': { channel: { ...TEXT, type: 99 } },
      'no overwrites': { channel: { ...TEXT, permission_overwrites: undefined } },
      'a broken overwrite': { channel: { ...TEXT, permission_overwrites: [null] } },
      'an overwrite without bits': {
        channel: { ...TEXT, permission_overwrites: [{ id: GUILD_ID, type: 0 }] },
      },
      'no @everyone role': { channel: TEXT, guild: { roles: [] } },
      'a role without bits': { channel: TEXT, guild: { roles: [{ id: GUILD_ID }] } },
      'a thread without a parent': { channel: { type: 11, guild_id: GUILD_ID } },
      'a thread of another server': {
        channel: { type: 11, guild_id: GUILD_ID, parent_id: PARENT_ID, thread_metadata: {} },
        parent: { ...TEXT, guild_id: '442294389964800650' },
      },
    };
    for (const [what, answers] of Object.entries(doubtful)) {
      assert.equal(await isPublic(answers), false, what);
    }
  });

  test('a thread without metadata has the permissions and the names of its parent, not its own', async () => {
    const channel = { type: 11, guild_id: GUILD_ID, parent_id: PARENT_ID, name: 'thread' };
    const parent = { ...TEXT, name: 'best' };
    const { Parent_Name, Public } = await describeWith({ channel, parent });
    assert.deepEqual({ Parent_Name, Public }, { Parent_Name: 'best', Public: true });
    const hidden = { ...parent, permission_overwrites: [denied(10n)] };
    const open = { ...channel, permission_overwrites: [] };
    assert.equal((await describeWith({ channel: open, parent: hidden })).Public, false);
  });

  test('what the owner, a role or a member may do does not make a channel public', async () => {
    const [view, history] = [10n, 16n];
    const allowed = (id: string, type: number) => ({
      id,
      type,
      allow: READABLE,
      deny: '0',
    });
    for (const bit of [view, history]) {
      const permission_overwrites = [denied(bit), allowed('7', 0), allowed('8', 1)];
      const guild = { owner_id: '', roles: undefined };
      const roles = [
        { id: GUILD_ID, permissions: READABLE },
        { id: '7', permissions: '8' },
      ];
      const channel = { ...TEXT, permission_overwrites };
      const { Public } = await describeWith({ channel, guild: { ...guild, roles } });
      assert.equal(Public, false);
    }
  });
});
