import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { checkDiscord } from '../../src/discord/check-discord.ts';
import { until } from '../support/wait.ts';
import { stage as stageDiscord, TOKEN } from './stage.ts';

async function stage(t: TestContext, client: { token?: string; requestsPerSecond?: number } = {}) {
  const staged = await stageDiscord(t, { client });
  const { clientOptions, channel } = staged;
  const check = (channelIds = [channel.id], options = clientOptions) =>
    checkDiscord(options, channelIds);
  /** Returns the sentence with which startup stops. */
  const sentence = async (...args: Parameters<typeof check>): Promise<string> => {
    const error: unknown = await check(...args).then(
      () => assert.fail('the check found no fault'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    assert.ok(!error.message.includes(TOKEN));
    assert.ok(!error.message.includes('\n'));
    return error.message;
  };
  return { ...staged, check, sentence };
}

describe('checkDiscord', () => {
  test('if there are no faults, the startup check of Discord returns the name of the bot', async (t) => {
    const { check } = await stage(t);
    assert.deepEqual(await check(), { username: 'everclip', unreadable: [] });
    assert.deepEqual(await check([]), { username: 'everclip', unreadable: [] });
  });

  test('if the token is wrong, startup stops and says what to do', async (t) => {
    const { sentence } = await stage(t, { token: 'wrong' });
    assert.match(await sentence(), /^Discord rejected the bot token: set TOKEN to a valid token/);
  });

  test('if the Message Content intent is off, startup stops and says what to do', async (t) => {
    const { emulator, sentence, check, post } = await stage(t);
    post();
    emulator.setMessageContentIntent(false);
    assert.match(
      await sentence(),
      /^the bot has no Message Content intent: turn it on in Discord's developer portal \(your application, Bot\)/,
    );
    // Compatible servers may lack, or deny, the endpoint `GET /applications/@me`.
    const unknown = { status: 404, body: { message: '404: Not Found', code: 0 } };
    const denied = { status: 403, body: { message: '403: Forbidden', code: 403 } };
    for (const fault of [unknown, denied]) {
      emulator.faults.add({ route: 'GET /applications/@me', times: 1, ...fault });
      assert.deepEqual(await check(), { username: 'everclip', unreadable: [] });
    }
  });

  test('if a compatible server sends no intent flags, the check passes as soon as any channel shows content', async (t) => {
    const { emulator, guild, channel, user, sentence, check, post } = await stage(t);
    const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
    const denied = emulator.addChannel({ guildId: guild.id, name: 'denied' });
    emulator.deny(denied.id, 'VIEW_CHANNEL');
    emulator.quirks.noIntentFlag = true;
    emulator.postMessage({ channelId: channel.id, authorId: emulator.botId, content: 'mine' });
    post(null);
    assert.match(await sentence(), /post a message with text that the bot can read$/);
    emulator.postMessage({ channelId: other.id, authorId: user.id, content: 'look' });
    assert.deepEqual(await check(), { username: 'everclip', unreadable: [] });
    assert.deepEqual(await check([]), { username: 'everclip', unreadable: [] });
  });

  test('if one of two channels is unreadable, startup continues and reports what to do about that channel', async (t) => {
    const { channel, check } = await stage(t);
    const { unreadable } = await check(['1196521684992000058', channel.id]);
    assert.equal(unreadable.length, 1);
    assert.match(unreadable[0] ?? '', /^CHANNEL_IDS: unknown channel 1196521684992000058: copy/);
  });

  test('if no channel is readable, startup stops and says what to do', async (t) => {
    const { emulator, guild, sentence } = await stage(t);
    const unknown = '1196521684992000058';
    assert.match(
      await sentence([unknown, '1196521684992000059']),
      /unknown channel 1196521684992000058/,
    );
    const { id: hidden } = emulator.addChannel({ guildId: guild.id, name: 'hidden' });
    emulator.deny(hidden, 'READ_MESSAGE_HISTORY');
    assert.equal(
      await sentence([hidden]),
      'CHANNEL_IDS: the bot cannot read #hidden: grant it Read Message History there',
    );
    emulator.deny(hidden, 'VIEW_CHANNEL');
    assert.match(
      await sentence([hidden]),
      /^CHANNEL_IDS: the bot cannot see channel \d+: grant it View Channel/,
    );
  });

  test('the startup check accepts a readable forum, and a category with a readable channel', async (t) => {
    const { emulator, guild, check, sentence } = await stage(t);
    const add = (type: ChannelType, parentId?: string) =>
      emulator.addChannel({ guildId: guild.id, name: 'clips', type, ...(parentId && { parentId }) })
        .id;
    const forum = add(ChannelType.GuildForum);
    assert.deepEqual(await check([forum]), { username: 'everclip', unreadable: [] });
    emulator.deny(forum, 'READ_MESSAGE_HISTORY');
    assert.match(await sentence([forum]), /cannot read #clips: grant it Read Message History/);
    const category = add(ChannelType.GuildCategory);
    const unreadable =
      /^CHANNEL_IDS: the bot cannot read any channel of the category #clips: grant it/;
    assert.match(await sentence([category]), unreadable);
    const inside = add(ChannelType.GuildText, category);
    assert.deepEqual(await check([category]), { username: 'everclip', unreadable: [] });
    emulator.deny(inside, 'READ_MESSAGE_HISTORY');
    assert.match(await sentence([category]), unreadable);
    emulator.quirks.noIntentFlag = true;
    assert.match(await sentence([category]), /no Message Content intent/);
  });

  test('if the server does not answer like Discord, the check says to correct DISCORD_API_URL', async (t) => {
    const { emulator, sentence, channel, clientOptions } = await stage(t);
    const unknown = { status: 404, body: { message: '404: Not Found', code: 0 } };
    emulator.faults.add({ route: 'GET /users/@me', times: 1, ...unknown });
    assert.match(
      await sentence(),
      /^a router answered in Discord's place.*correct DISCORD_API_URL/,
    );
    emulator.faults.add({ route: 'GET /users/@me', times: 1, status: 200, body: '<h1>Hello</h1>' });
    assert.match(await sentence(), /correct DISCORD_API_URL, or try again later$/);
    emulator.faults.add({ route: 'GET /users/@me', times: 1, status: 502 });
    assert.match(await sentence(), /correct DISCORD_API_URL, or try again later$/);
    const closed = { ...clientOptions, apiUrl: 'http://127.0.0.1:1/api' };
    assert.match(
      await sentence([channel.id], closed),
      /is unreachable: ECONNREFUSED .*correct DISCORD_API_URL/,
    );
  });

  test('if the startup check of many channels meets a rate limit of a second, the check still succeeds', async (t) => {
    const { emulator, guild, channel, check } = await stage(t, { requestsPerSecond: 9 });
    const others = ['a', 'b'].map((name) => emulator.addChannel({ guildId: guild.id, name }).id);
    emulator.limits.set('GET /guilds/:id', { requests: 2, perSeconds: 1 });
    assert.deepEqual(await check([channel.id, ...others]), {
      username: 'everclip',
      unreadable: [],
    });
  });

  test('if Discord sets a rate limit of an hour, startup stops and says how long to wait', async (t) => {
    const { emulator, sentence } = await stage(t);
    const body = { message: 'You are being rate limited.', retry_after: 3600, global: true };
    const headers = { 'Retry-After': '3600' };
    emulator.faults.add({ route: 'rest', times: 1, status: 429, body, headers });
    assert.match(await sentence(), /^Discord rate limited the bot: try again in 360\d s$/);
  });

  test('if a server keeps asking for waits of about a millisecond, the check ends after at most 41 requests', async (t) => {
    const { emulator, sentence } = await stage(t);
    const body = { message: 'You are being rate limited.', retry_after: 0.001, global: false };
    emulator.faults.add({ route: 'GET /users/@me', status: 429, body });
    assert.match(await sentence(), /^Discord rate limited the bot: try again in 1 s$/);
    assert.ok(emulator.stats.requests('GET /users/@me') <= 41);
  });

  test('if the process is told to stop while the check waits for a rate limit, the check ends', async (t) => {
    const { emulator, clientOptions, channel } = await stage(t);
    const body = { message: 'You are being rate limited.', retry_after: 9, global: false };
    for (const route of ['GET /users/@me', 'GET /channels/:id']) {
      const remove = emulator.faults.add({ route, status: 429, body });
      const controller = new AbortController();
      const checking = checkDiscord(clientOptions, [channel.id], controller.signal);
      const asked = emulator.stats.requests(route);
      const rejected = assert.rejects(checking, { name: 'AbortError' });
      await until('the request', () => emulator.stats.requests(route) > asked);
      controller.abort();
      await rejected;
      remove();
    }
  });
});
