import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChannelType, type APIApplication, type APIMessage } from 'discord-api-types/v10';

import { call, outcome, someBytes, stage } from './support.ts';

test('errors have Discord’s statuses and codes', async (t) => {
  const { emulator, guild, channel } = await stage(t);
  assert.deepEqual(await outcome(emulator, '/channels/99/messages'), [404, 10003]);
  assert.deepEqual(await outcome(emulator, '/channels/99'), [404, 10003]);
  assert.deepEqual(await outcome(emulator, '/channels/abc'), [400, 50035]);
  assert.deepEqual(await outcome(emulator, `/channels/${channel.id}/messages/99`), [404, 10008]);
  assert.deepEqual(await outcome(emulator, '/guilds/99'), [404, 10004]);
  assert.deepEqual(await outcome(emulator, `/guilds/${guild.id}/members/99`), [404, 10007]);
  assert.deepEqual(await outcome(emulator, '/nowhere'), [404, 0]);
  const wrong = await call(emulator, '/users/@me', { headers: { authorization: 'Bot nobody' } });
  assert.deepEqual([wrong.status, wrong.json], [401, { message: '401: Unauthorized', code: 0 }]);

  emulator.quirks.errorCodeIsStatus = true;
  assert.deepEqual(await outcome(emulator, `/channels/${channel.id}/messages/99`), [404, 404]);
});

test('without history permission the page is empty and a single message refused; unseen channels are refused', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const { id } = emulator.postMessage({ channelId: channel.id, authorId: user.id });
  const messages = `/channels/${channel.id}/messages`;
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
  const page = await call(emulator, messages);
  assert.deepEqual([page.status, page.json], [200, []]);
  assert.deepEqual(await outcome(emulator, `${messages}/${id}`), [403, 50013]);

  emulator.deny(channel.id, 'VIEW_CHANNEL');
  for (const path of [messages, `${messages}/${id}`, `/channels/${channel.id}`]) {
    assert.deepEqual(await outcome(emulator, path), [403, 50001]);
  }

  emulator.allow(channel.id, 'VIEW_CHANNEL');
  emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
  const again = await call(emulator, messages);
  assert.deepEqual(
    (again.json as APIMessage[]).map((message) => message.id),
    [id],
  );
});

test('without the message content intent history is empty of content', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const files = [{ filename: 'a.mp4', bytes: someBytes(3) }];
  emulator.postMessage({ channelId: channel.id, authorId: user.id, content: 'x', files });
  emulator.setMessageContentIntent(false);
  const [message] = (await call(emulator, `/channels/${channel.id}/messages`)).json as APIMessage[];
  assert.deepEqual([message?.content, message?.attachments], ['', []]);
  const application = (await call(emulator, '/applications/@me')).json as APIApplication;
  assert.equal(application.flags, 0);
});

test('threads are listed: active ones of the guild, archived ones of their channel page by page', async (t) => {
  const { emulator, guild, channel } = await stage(t);
  const add = (name: string, type: ChannelType, archivedAt?: Date) =>
    emulator.addChannel({
      guildId: guild.id,
      parentId: channel.id,
      name,
      type,
      ...(archivedAt && { archivedAt }),
    });
  add('active', ChannelType.PublicThread);
  for (const day of [1, 2, 3]) {
    add(`old ${day}`, ChannelType.PublicThread, new Date(Date.UTC(2024, 0, day)));
  }
  add('hush', ChannelType.PrivateThread, new Date());
  const list = async (path: string) => {
    const { json } = await call(emulator, path);
    const { threads, has_more } = json as { threads: { name: string }[]; has_more?: boolean };
    return [threads.map(({ name }) => name), has_more];
  };
  const archived = `/channels/${channel.id}/threads/archived`;
  assert.deepEqual(await list(`/guilds/${guild.id}/threads/active`), [['active'], undefined]);
  assert.deepEqual(await list(`${archived}/public?limit=2`), [['old 3', 'old 2'], true]);
  const before = new Date(Date.UTC(2024, 0, 2)).toISOString();
  assert.deepEqual(await list(`${archived}/public?before=${before}`), [['old 1'], false]);
  assert.deepEqual(await outcome(emulator, `${archived}/private`), [403, 50013]);
  emulator.allow(channel.id, 'MANAGE_THREADS');
  assert.deepEqual(await list(`${archived}/private`), [['hush'], false]);
});
