import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { surveyChannels } from '../../../src/discord/channels/survey.ts';
import { inspectDiscord } from '../../../src/discord/check-discord.ts';
import { createGet } from '../../../src/discord/rest-client.ts';
import { createRestPort } from '../../../src/discord/rest-port.ts';
import { isUnwatched } from '../../../src/ingest/sweeps/end-sweeps.ts';
import { failureOf, stage as stageDiscord } from '../stage.ts';

/** Stages a category that contains a channel with a thread. */
async function stage(t: TestContext) {
  const staged = await stageDiscord(t);
  const { emulator, guild, clientOptions } = staged;
  const add = (name: string, type: ChannelType, parentId?: string): string =>
    emulator.addChannel({ guildId: guild.id, name, type, ...(parentId && { parentId }) }).id;
  const category = add('games', ChannelType.GuildCategory);
  const channel = add('comet', ChannelType.GuildText, category);
  const thread = add('best of', ChannelType.PublicThread, channel);
  const get = createGet(clientOptions);
  return { ...staged, add, get, category, channel, thread, outside: staged.channel.id };
}

describe('EXCLUDE_CHANNEL_IDS', () => {
  test('the history of an excluded thread cannot be read, whether its own id, its channel or its category is excluded', async (t) => {
    const { emulator, get, category, channel, thread, outside } = await stage(t);
    const { apiUrl } = emulator;
    for (const excluded of [category, channel, thread]) {
      const port = createRestPort({ apiUrl, excludeChannelIds: [excluded] }, get);
      for (const fresh of [false, true]) {
        const { type, message } = await failureOf(port.readableChannel(thread, { fresh }));
        assert.equal(type, 'InvalidInput');
        assert.equal(
          message,
          'EXCLUDE_CHANNEL_IDS takes out #best of: remove the id there, or use another channel',
        );
      }
      assert.equal((await port.readableChannel(outside)).channelName, 'overtime');
      const { channelName } = await port.readableChannel(thread, { inAnyGuild: true });
      assert.equal(channelName, 'best of', 'archived clips are still refreshed');
    }
    const port = createRestPort({ apiUrl, excludeChannelIds: [thread] }, get);
    assert.equal((await port.readableChannel(channel)).channelName, 'comet');
  });

  test('the sweep of a channel ends if EXCLUDE_CHANNEL_IDS takes it out, or if CHANNEL_IDS no longer contains its category', async (t) => {
    const { get, category, channel, thread, outside } = await stage(t);
    for (const id of [channel, thread]) {
      assert.equal(await isUnwatched(get, { channelIds: [category] }, id), false);
      assert.equal(await isUnwatched(get, { channelIds: [outside] }, id), true);
      const excluded = { channelIds: [], excludeChannelIds: [category] };
      assert.equal(await isUnwatched(get, excluded, id), true);
      assert.equal(
        await isUnwatched(get, { ...excluded, excludeChannelIds: [outside] }, id),
        false,
      );
    }
  });

  test('the sweep of a thread whose parent is hidden goes on, because CHANNEL_IDS may name the category', async (t) => {
    const { emulator, guild, get, category, channel, outside } = await stage(t);
    const { id } = emulator.addChannel({
      guildId: guild.id,
      name: 'finals',
      type: ChannelType.PrivateThread,
      parentId: channel,
      hasBot: true,
    });
    emulator.deny(channel, 'VIEW_CHANNEL');
    assert.equal(await isUnwatched(get, { channelIds: [category] }, id), false);
    assert.equal(await isUnwatched(get, { channelIds: [outside] }, id), false);
    const excluded = { channelIds: [], excludeChannelIds: [channel] };
    assert.equal(await isUnwatched(get, excluded, id), true);
  });

  test('the survey of the channels contains only those that the settings allow', async (t) => {
    const { get, add, category, channel } = await stage(t);
    add('clips', ChannelType.GuildForum, category);
    const readable = async (channelIds: string[], excludeChannelIds: string[]) =>
      (await surveyChannels(get, { channelIds, excludeChannelIds, guildIds: [] })).readable;
    assert.deepEqual(await readable([category], []), ['#comet', '#clips']);
    assert.deepEqual(await readable([category], [channel]), ['#clips']);
    assert.deepEqual(await readable([], [category]), ['#overtime']);
  });

  test('a channel that is in both settings is reported', async (t) => {
    const { clientOptions, category, channel } = await stage(t);
    const inspection = inspectDiscord({ ...clientOptions, excludeChannelIds: [category] });
    await assert.rejects(
      inspection.channel(channel),
      /^Error: CHANNEL_IDS: EXCLUDE_CHANNEL_IDS takes out #comet/,
    );
  });
});
