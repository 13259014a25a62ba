import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType, OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10';
import { missingRights } from '../../src/discord/permissions.ts';
import { failureOf, stage, typeOf } from './stage.ts';

describe('a readable channel', () => {
  test('tells the names that its messages refer to, and who we are', async (t) => {
    const { emulator, guild, channel, discord } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    assert.deepEqual(await discord.readableChannel(channel.id), {
      channelId: channel.id,
      channelName: 'overtime',
      guildId: guild.id,
      guildName: 'Clip club',
      selfId: emulator.botId,
      channelNames: { [channel.id]: 'overtime', [other.id]: 'other' },
      roleNames: { [guild.id]: '@everyone' },
    });
  });

  test('is looked up again after ten minutes, not for each page', async (t) => {
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

  test('is looked up again at once where what was seen before will not do', async (t) => {
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

  test('may be a thread, with the rights of the channel that it hangs under', async (t) => {
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
    assert.equal(message, 'the bot may not read #worst of: give it Read Message History there');
  });

  test('is none that Discord does not know', async (t) => {
    const { discord } = await stage(t);
    const { type, message } = await failureOf(discord.readableChannel('1196521684992000058'));
    assert.equal(type, 'InvalidInput');
    assert.equal(
      message,
      'Discord knows no channel 1196521684992000058: copy the id from Discord (Developer Mode, Copy Channel ID)',
    );
  });

  test('is none that only holds threads or channels', async (t) => {
    const { emulator, guild, discord } = await stage(t);
    for (const kind of [
      ChannelType.GuildForum,
      ChannelType.GuildMedia,
      ChannelType.GuildCategory,
    ]) {
      const { id } = emulator.addChannel({ guildId: guild.id, name: 'clips', type: kind });
      const { type, message } = await failureOf(discord.readableChannel(id));
      assert.equal(type, 'InvalidInput');
      assert.equal(message, '#clips holds no messages itself: name one of its threads or channels');
    }
  });

  test('is none that the bot cannot see or whose history it may not read', async (t) => {
    const { emulator, channel, discord } = await stage(t);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    const unread = await failureOf(discord.readableChannel(channel.id));
    assert.equal(unread.type, 'InvalidInput');
    assert.equal(
      unread.message,
      'the bot may not read #overtime: give it Read Message History there',
    );
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const unseen = await failureOf(discord.readableChannel(channel.id));
    assert.equal(unseen.type, 'InvalidInput');
    assert.equal(
      unseen.message,
      `the bot can't see channel ${channel.id}: give it View Channel there`,
    );
  });

  test('is asked for again where Discord fails, and is no fault of the input then', async (t) => {
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

  test('is found also with few requests a second, which the look-ups alone would use up', async (t) => {
    const { channel, discord } = await stage(t, { client: { requestsPerSecond: 3 } });
    assert.equal((await discord.readableChannel(channel.id)).channelName, 'overtime');
  });
});

describe('rights', () => {
  const { ViewChannel, ReadMessageHistory, Administrator, SendMessages } = PermissionFlagsBits;
  const BOTH = ViewChannel | ReadMessageHistory;
  const role = (id: string, permissions: bigint) =>
    ({ id, permissions: String(permissions) }) as never;
  const overwrite = (id: string, allow: bigint, deny: bigint, type = OverwriteType.Role) => ({
    id,
    type,
    allow: String(allow),
    deny: String(deny),
  });
  const missing = (
    { everyone = 0n, mine = 0n, owner = '9' }: { everyone?: bigint; mine?: bigint; owner?: string },
    ...overwrites: ReturnType<typeof overwrite>[]
  ) =>
    missingRights(
      {
        id: '1',
        owner_id: owner,
        roles: [role('1', everyone), role('2', mine), role('3', BOTH), role('4', 0n)],
      },
      { id: '7', roles: ['2', '4'] },
      overwrites,
    );

  test('come from everyone and from own roles together, and from no others', () => {
    assert.deepEqual(missing({}), ['View Channel', 'Read Message History']);
    assert.deepEqual(missing({ everyone: ViewChannel, mine: ReadMessageHistory }), []);
    assert.deepEqual(missing({ everyone: SendMessages | ViewChannel }), ['Read Message History']);
  });

  test('are all there for administrators and the owner, whatever the channel says', () => {
    const denied = overwrite('1', 0n, BOTH);
    assert.deepEqual(missing({ mine: Administrator }, denied), []);
    assert.deepEqual(missing({ owner: '7' }, denied), []);
    assert.deepEqual(missing({ everyone: BOTH }, denied).length, 2);
  });

  test("are overwritten by everyone's, then by the roles' together, then by the member's own", () => {
    const everyone = { everyone: BOTH };
    const hidden = overwrite('1', 0n, ViewChannel);
    assert.deepEqual(missing(everyone, hidden), ['View Channel']);
    assert.deepEqual(missing(everyone, hidden, overwrite('2', ViewChannel, 0n)), []);
    assert.deepEqual(missing(everyone, overwrite('2', ViewChannel, 0n), hidden), []);
    const [allowed, denied] = [overwrite('2', ViewChannel, 0n), overwrite('4', 0n, ViewChannel)];
    assert.deepEqual(missing(everyone, allowed, denied), [], 'one role allows what another denies');
    assert.deepEqual(missing(everyone, denied, allowed), []);
    const own = overwrite('7', 0n, ReadMessageHistory, OverwriteType.Member);
    assert.deepEqual(missing(everyone, own, overwrite('4', ReadMessageHistory, 0n)), [
      'Read Message History',
    ]);
    assert.deepEqual(missing(everyone, overwrite('3', 0n, BOTH)), [], 'a role that it has not');
    assert.deepEqual(missing(everyone, overwrite('8', 0n, BOTH, OverwriteType.Member)), []);
  });
});
