import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { APIMessage, APIMessageSearchResult } from 'discord-api-types/v10';
import type { NewMessage } from '../../src/emulator/world/messages.ts';
import { callRest, someBytes, stage as stageEmulator, statusAndCode } from './support.ts';

const VIDEO = { filename: 'a.mp4', bytes: someBytes(3), contentType: 'video/mp4' };
const PICTURE = { filename: 'a.png', bytes: someBytes(3), contentType: 'image/png' };

async function stage(t: TestContext) {
  const { emulator, guild, channel, user } = await stageEmulator(t);
  const path = `/guilds/${guild.id}/messages/search`;
  const search = async (query: string): Promise<APIMessageSearchResult> => {
    const { status, json } = await callRest(emulator, `${path}?${query}`);
    assert.equal(status, 200);
    return json as APIMessageSearchResult;
  };
  const find = async (query: string): Promise<string[]> =>
    (await search(query)).messages.flat().map((message) => (message as APIMessage).id);
  const post = (more: Partial<NewMessage> = {}) =>
    emulator.postMessage({ channelId: channel.id, authorId: user.id, ...more }).id;
  return { emulator, guild, channel, user, path, search, find, post };
}

test('a search finds the videos of a channel in pages of at most 25, newest first, each in an array of its own', async (t) => {
  const { channel, path, emulator, search, find, post } = await stage(t);
  const ids = Array.from({ length: 60 }, (_, index) =>
    post({ files: index % 2 === 0 ? [VIDEO] : [PICTURE] }),
  );
  const videos = ids.filter((_, index) => index % 2 === 0).reverse();
  const query = `has=video&channel_id=${channel.id}`;
  const { messages, ...counts } = await search(query);
  assert.deepEqual(counts, { doing_deep_historical_index: false, total_results: 30 });
  assert.deepEqual(
    messages.map((each) => each.length),
    Array(25).fill(1),
  );
  assert.deepEqual(await find(query), videos.slice(0, 25));
  assert.deepEqual(await find(`${query}&offset=25`), videos.slice(25));
  assert.deepEqual(await find(`${query}&limit=2&max_id=${videos[2]}`), videos.slice(3, 5));
  assert.deepEqual(await find(`${query}&min_id=${videos[2]}`), videos.slice(0, 2));
  assert.deepEqual(await find(`${query}&sort_order=asc&limit=1`), videos.slice(-1));
  assert.equal((await search(`has=file&channel_id=${channel.id}`)).total_results, 60);
  for (const wrong of ['limit=26', 'limit=0', 'offset=9976', 'has=x', 'max_id=x', 'content=x']) {
    assert.deepEqual(await statusAndCode(emulator, `${path}?${wrong}`), [400, 50035], wrong);
  }
});

test('a search for videos finds neither forwards nor Components V2, and a search for snapshots finds forwards', async (t) => {
  const { channel, find, post } = await stage(t);
  const original = post({ files: [VIDEO] });
  const forward = post({ forwardOf: { channelId: channel.id, messageId: original } });
  const media = { url: 'attachment://a.mp4' };
  post({ files: [VIDEO], components: [{ type: 12, items: [{ media }] }] });
  assert.deepEqual(await find('has=video'), [original]);
  assert.deepEqual(await find('has=snapshot'), [forward]);
});

test('a search leaves out age-restricted channels and their threads unless include_nsfw is true', async (t) => {
  const { emulator, guild, find, post } = await stage(t);
  const secret = emulator.addChannel({ guildId: guild.id, name: 'secret', nsfw: true });
  const id = post({ channelId: secret.id, files: [VIDEO] });
  assert.deepEqual(await find(`has=video&channel_id=${secret.id}`), []);
  assert.deepEqual(await find(`has=video&channel_id=${secret.id}&include_nsfw=true`), [id]);
});

test('a search needs Read Message History, the Message Content intent and a guild of the bot', async (t) => {
  const { emulator, channel, path, find, post } = await stage(t);
  const id = post({ files: [VIDEO] });
  const query = `${path}?has=video&channel_id=${channel.id}`;
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
  assert.deepEqual(await statusAndCode(emulator, query), [403, 50001]);
  assert.deepEqual(await find('has=video'), []);
  emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
  assert.deepEqual(await find('has=video'), [id]);
  emulator.setMessageContentIntent(false);
  assert.deepEqual(await statusAndCode(emulator, query), [403, 50001]);
  assert.deepEqual(
    await statusAndCode(emulator, `/guilds/${channel.id}/messages/search`),
    [404, 10004],
  );
});

test('a fault makes the search answer 202 while Discord indexes the guild', async (t) => {
  const { emulator, path } = await stage(t);
  const body = { message: 'Index not yet available. Try again later', code: 110000 };
  const route = 'GET /guilds/:id/messages/search';
  emulator.faults.add({ route, times: 1, status: 202, body });
  assert.deepEqual(await statusAndCode(emulator, path), [202, 110000]);
  assert.equal((await callRest(emulator, path)).status, 200);
});
