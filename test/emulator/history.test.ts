import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REST, type APIMessage } from 'discord.js';
import { callRest, someBytes, stage, statusAndCode } from './support.ts';

test('paging through 250 messages returns each message once, both backward and forward', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const startedAt = Date.now();
  const ids = Array.from({ length: 250 }, (_, index) => {
    const timestamp = new Date(1_700_000_000_000 + Math.floor(index / 3) * 1000);
    const files = [{ filename: `${index}.mp4`, bytes: someBytes(10) }];
    return emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      timestamp,
      silent: true,
      files,
    }).id;
  });
  assert.ok(Date.now() - startedAt < 2000);
  const rest = new REST({ api: emulator.apiUrl, version: '10' }).setToken(emulator.token);
  const page = async (query: string) =>
    (
      (await rest.get(`/channels/${channel.id}/messages`, {
        query: new URLSearchParams(query),
      })) as APIMessage[]
    ).map(({ id }) => id);

  const back: string[] = [];
  for (let query = 'limit=100'; back.length < 250; query = `limit=100&before=${back.at(-1)}`) {
    back.push(...(await page(query)));
  }
  assert.deepEqual(back, ids.toReversed());

  const forth = ['0'];
  while (forth.length <= 250) {
    forth.push(...(await page(`limit=100&after=${forth.at(-1)}`)).toReversed());
  }
  assert.deepEqual(forth.slice(1), ids);
  assert.deepEqual(await page(`before=${ids[0]}`), []);
  assert.deepEqual(await page(`after=${ids.at(-1)}`), []);
  assert.deepEqual(await page(`limit=3&around=${ids[100]}`), [ids[101], ids[100], ids[99]]);
  assert.equal(emulator.stats.requests('GET /channels/:id/messages'), 3 + 3 + 3);

  emulator.quirks.afterOldestFirst = true;
  assert.deepEqual(await page('limit=2&after=0'), ids.slice(0, 2));
  for (const limit of ['0', '101', 'x']) {
    const path = `/channels/${channel.id}/messages?limit=${limit}`;
    assert.deepEqual(await statusAndCode(emulator, path), [400, 50035]);
  }
});

test('message ids are unique, ascend and contain the time of the message', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const post = (timestamp?: Date) =>
    emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      ...(timestamp && { timestamp }),
    });
  const timeMs = 1_709_287_200_125;
  const old = [post(new Date(timeMs)), post(new Date(timeMs))];
  assert.equal(Number(BigInt(old[0]?.id ?? 0) >> 22n) + 1_420_070_400_000, timeMs);
  const ids = [...old, ...Array.from({ length: 100 }, () => post())].map(({ id }) => BigInt(id));
  assert.ok(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0n)));
});

test('a forwarded message shows the attachments of the original message, even after the original message is deleted', async (t) => {
  const { emulator, guild, channel, user } = await stage(t);
  const other = emulator.addChannel({ guildId: guild.id, name: 'other' });
  const files = [{ filename: 'a.mp4', bytes: someBytes(30) }];
  const original = emulator.postMessage({
    channelId: channel.id,
    authorId: user.id,
    content: 'o',
    files,
  });
  const forwardOf = { channelId: channel.id, messageId: original.id };
  const forward = emulator.postMessage({ channelId: other.id, authorId: user.id, forwardOf });
  emulator.deleteMessage(forwardOf);

  const { json } = await callRest(emulator, `/channels/${other.id}/messages/${forward.id}`);
  const message = json as APIMessage;
  assert.deepEqual(message.attachments, []);
  assert.equal(message.message_reference?.message_id, original.id);
  const attachment = message.message_snapshots?.[0]?.message.attachments[0];
  assert.ok(attachment);
  assert.equal(attachment.id, original.attachments[0]?.id);
  assert.equal((await fetch(attachment.url)).status, 200);
});
