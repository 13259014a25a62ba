import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { createActivities } from '../../src/activities/create-activities.ts';
import { clipsOfMessage } from '../../src/clip/message.ts';
import { surveyChannels } from '../../src/discord/channels/survey.ts';
import { checkDiscord, inspectDiscord } from '../../src/discord/check-discord.ts';
import { listGuildNames, warnOfGuilds, warnOfMissingGuilds } from '../../src/discord/guilds.ts';
import { createGet, type Get } from '../../src/discord/rest-client.ts';
import { createRestPort } from '../../src/discord/rest-port.ts';
import { isUnwatched } from '../../src/ingest/sweeps/end-sweeps.ts';
import { aState, attempt } from '../activities/run-activity.ts';
import { PLACE } from '../clip/a-message.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { failureOf, stage as stageDiscord } from './stage.ts';

/** Stages a bot that somebody has invited to a second guild. GUILD_IDS names only the first one. */
async function stage(t: TestContext) {
  const staged = await stageDiscord(t);
  const { emulator, guild, clientOptions } = staged;
  const otherGuild = emulator.addGuild({ name: 'Strangers' });
  const otherChannel = emulator.addChannel({ guildId: otherGuild.id, name: 'lounge' });
  const get = createGet(clientOptions);
  const guildIds = [guild.id];
  const bounded = createRestPort({ apiUrl: emulator.apiUrl, guildIds }, get);
  const options = { ...clientOptions, guildIds };
  return { ...staged, otherGuild, otherChannel, get, guildIds, bounded, options };
}

const REFUSED =
  /^#lounge is in the server \d+, which GUILD_IDS does not allow: add the id of the server to GUILD_IDS, or use a channel of another server$/;

describe('a guild that is not in GUILD_IDS', () => {
  test('a history in the guild cannot be read, even if a refresh has already looked up the channel', async (t) => {
    const { bounded, channel, otherChannel } = await stage(t);
    assert.equal((await bounded.readableChannel(channel.id)).channelName, 'overtime');
    const inAnyGuild = await bounded.readableChannel(otherChannel.id, { inAnyGuild: true });
    assert.equal(inAnyGuild.channelName, 'lounge');
    for (const fresh of [false, true]) {
      const failure = await failureOf(bounded.readableChannel(otherChannel.id, { fresh }));
      assert.equal(failure.type, 'InvalidInput');
      assert.match(failure.message, REFUSED);
    }
  });

  test('a clip of the guild that is already archived is still refreshed, with the names of mentioned channels', async (t) => {
    const { emulator, bounded, otherGuild, otherChannel, post } = await stage(t);
    const message = post('COMET.mp4', `in <#${otherChannel.id}>`, otherChannel.id);
    const mediaHosts = [emulator.cdnOrigin];
    const ports = createFakePorts({ clipRules: { types: ['mp4'], mediaHosts } });
    const { refetch } = createActivities({ ...ports, discord: bounded });
    const place = { ...PLACE, channelId: otherChannel.id, guildId: otherGuild.id };
    const [clip] = clipsOfMessage(message, place, ports.settings.clipRules);
    assert.ok(clip);
    const state = aState({ clip: { ...clip, description: '' }, revision: 2 });
    const { description } = await attempt(refetch, { state, adopt: false });
    assert.equal(description, 'in #lounge');
  });

  test('startup names a channel of CHANNEL_IDS in the guild, and watches the other channels', async (t) => {
    const { options, channel, otherChannel } = await stage(t);
    const { unreadable } = await checkDiscord(options, [channel.id, otherChannel.id]);
    assert.equal(unreadable.length, 1);
    assert.match(
      unreadable[0] ?? '',
      /^CHANNEL_IDS: #lounge is in the server \d+, which GUILD_IDS/,
    );
    await assert.rejects(
      checkDiscord(options, [otherChannel.id]),
      /which GUILD_IDS does not allow/,
    );
  });

  test('a survey of the channels leaves out the guild', async (t) => {
    const { get, guildIds } = await stage(t);
    const bounds = { channelIds: [], guildIds };
    assert.deepEqual((await surveyChannels(get, bounds)).readable, ['#overtime']);
    assert.deepEqual((await surveyChannels(get)).readable.sort(), ['#lounge', '#overtime']);
  });

  test('a sweep of a channel in the guild goes on, because GUILD_IDS may be wrong and the sweep knows its position', async (t) => {
    const { get, guildIds, channel, otherChannel } = await stage(t);
    const bounds = { channelIds: [], guildIds };
    assert.equal(await isUnwatched(get, bounds, channel.id), false);
    assert.equal(await isUnwatched(get, bounds, otherChannel.id), false);
  });

  test('if the server leaves out the guild of a thread, the history of the thread can be read in an allowed guild', async (t) => {
    const { emulator, get, guild, guildIds, channel } = await stage(t);
    const type = ChannelType.PublicThread;
    const place = { guildId: guild.id, parentId: channel.id };
    const thread = emulator.addChannel({ ...place, name: 'best of', type });
    const withoutGuild = (async (path: `/${string}`, ...rest) => {
      const answer = await get<Record<string, unknown>>(path, ...rest);
      return path === `/channels/${thread.id}` ? { ...answer, guild_id: undefined } : answer;
    }) as Get;
    const bounded = createRestPort({ apiUrl: emulator.apiUrl, guildIds }, withoutGuild);
    assert.equal((await bounded.readableChannel(thread.id)).guildName, guild.name);
  });

  test('if the server leaves out the guild of a channel, the sweep of the channel goes on', async () => {
    const get = (async () => ({ id: '1', type: 0, name: 'overtime' })) as Get;
    const bounds = { channelIds: [], guildIds: ['442294389964800640'] };
    assert.equal(await isUnwatched(get, bounds, '1'), false);
  });
});

describe('the warning about more than one guild', () => {
  test('if the bot is in two guilds and GUILD_IDS is empty, the warning names both guilds', async (t) => {
    const { options, guild, otherGuild, guildIds } = await stage(t);
    const guilds = await inspectDiscord(options).guilds();
    assert.equal(
      warnOfGuilds(guilds, { guildIds: [], channelIds: [] }),
      `the bot is in 2 servers, and all of them are archived: set GUILD_IDS to the ids of your servers, and turn Public Bot off in Discord's developer portal; the servers are Clip club (${guild.id}), Strangers (${otherGuild.id})`,
    );
    assert.match(
      warnOfGuilds(guilds, { guildIds: [], channelIds: ['1'] }) ?? '',
      /and a backfill can archive all of them: set GUILD_IDS/,
    );
    assert.equal(warnOfGuilds(guilds, { guildIds, channelIds: [] }), null);
    assert.equal(warnOfGuilds(guilds.slice(1), { guildIds: [], channelIds: [] }), null);
  });

  test('if the bot is not in guilds of GUILD_IDS, the warning names these guilds', () => {
    const guilds = [{ id: '1' }, { id: '2' }];
    assert.equal(warnOfMissingGuilds(guilds, ['2']), null);
    assert.equal(
      warnOfMissingGuilds(guilds, ['2', '3', '4']),
      'GUILD_IDS: the bot is not in the server 3, 4: invite the bot, or correct GUILD_IDS',
    );
  });

  test('a list of guilds names ten of them, as plain text', () => {
    const guilds = Array.from({ length: 12 }, (_, at) => ({
      id: `${at}`,
      name: 'a\n[b](http://x)',
    }));
    const listed = listGuildNames(guilds);
    assert.match(listed, /^a ［b］\(http:\u2060\/\/x\) \(0\), .* and 2 more$/);
    assert.doesNotMatch(listed, /\n/);
  });
});
