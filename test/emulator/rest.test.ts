import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelType, type APIApplication, type APIMessage } from 'discord-api-types/v10';
import { callRest, someBytes, stage, statusAndCode } from './support.ts';

test('REST errors of the emulator have the same statuses and codes as those of Discord', async (t) => {
  const { emulator, guild, channel } = await stage(t);
  assert.deepEqual(await statusAndCode(emulator, '/channels/99/messages'), [404, 10003]);
  assert.deepEqual(await statusAndCode(emulator, '/channels/99'), [404, 10003]);
  assert.deepEqual(await statusAndCode(emulator, '/channels/abc'), [400, 50035]);
  assert.deepEqual(
    await statusAndCode(emulator, `/channels/${channel.id}/messages/99`),
    [404, 10008],
  );
  assert.deepEqual(await statusAndCode(emulator, '/guilds/99'), [404, 10004]);
  assert.deepEqual(await statusAndCode(emulator, `/guilds/${guild.id}/members/99`), [404, 10007]);
  assert.deepEqual(await statusAndCode(emulator, '/nowhere'), [404, 0]);
  const wrong = await callRest(emulator, '/users/@me', {
    headers: { authorization: 'Bot nobody' },
  });
  assert.deepEqual([wrong.status, wrong.json], [401, { message: '401: Unauthorized', code: 0 }]);

  emulator.quirks.errorCodeIsStatus = true;
  assert.deepEqual(
    await statusAndCode(emulator, `/channels/${channel.id}/messages/99`),
    [404, 404],
  );
});

test('the emulator returns an empty history if the bot lacks Read Message History, and an error if the bot lacks View Channel', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const { id } = emulator.postMessage({ channelId: channel.id, authorId: user.id });
  const messages = `/channels/${channel.id}/messages`;
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
  const page = await callRest(emulator, messages);
  assert.deepEqual([page.status, page.json], [200, []]);
  assert.deepEqual(await statusAndCode(emulator, `${messages}/${id}`), [403, 50013]);

  emulator.deny(channel.id, 'VIEW_CHANNEL');
  for (const path of [messages, `${messages}/${id}`, `/channels/${channel.id}`]) {
    assert.deepEqual(await statusAndCode(emulator, path), [403, 50001]);
  }

  emulator.allow(channel.id, 'VIEW_CHANNEL');
  emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
  const again = await callRest(emulator, messages);
  assert.deepEqual(
    (again.json as APIMessage[]).map((message) => message.id),
    [id],
  );
});

test('without the Message Content intent, messages in the history have no content and no attachments', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const files = [{ filename: 'a.mp4', bytes: someBytes(3) }];
  emulator.postMessage({ channelId: channel.id, authorId: user.id, content: 'x', files });
  emulator.setMessageContentIntent(false);
  const [message] = (await callRest(emulator, `/channels/${channel.id}/messages`))
    .json as APIMessage[];
  assert.deepEqual([message?.content, message?.attachments], ['', []]);
  const application = (await callRest(emulator, '/applications/@me')).json as APIApplication;
  assert.equal(application.flags, 0);
});

test('a guild lists its active threads, and a channel lists its archived threads page by page', async (t) => {
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
    const { json } = await callRest(emulator, path);
    const { threads, has_more } = json as { threads: { name: string }[]; has_more?: boolean };
    return [threads.map(({ name }) => name), has_more];
  };
  const archived = `/channels/${channel.id}/threads/archived`;
  assert.deepEqual(await list(`/guilds/${guild.id}/threads/active`), [['active'], undefined]);
  assert.deepEqual(await list(`${archived}/public?limit=2`), [['old 3', 'old 2'], true]);
  const before = new Date(Date.UTC(2024, 0, 2)).toISOString();
  assert.deepEqual(await list(`${archived}/public?before=${before}`), [['old 1'], false]);
  assert.deepEqual(await statusAndCode(emulator, `${archived}/private`), [403, 50013]);
  emulator.allow(channel.id, 'MANAGE_THREADS');
  assert.deepEqual(await list(`${archived}/private`), [['hush'], false]);
});

test('without Manage Threads, the bot sees only the private threads that it was added to', async (t) => {
  const { emulator, guild, channel } = await stage(t);
  const add = (name: string, options: { archivedAt?: Date; hasBot?: boolean }) =>
    emulator.addChannel({
      guildId: guild.id,
      parentId: channel.id,
      name,
      type: ChannelType.PrivateThread,
      ...options,
    });
  const archivedAt = new Date(Date.UTC(2024, 0, 1));
  add('active secret', {});
  add('active joined', { hasBot: true });
  add('secret', { archivedAt });
  const [first, second] = ['first', 'second'].map((name) =>
    add(name, { archivedAt, hasBot: true }),
  );
  const list = async (path: string) => {
    const { json } = await callRest(emulator, path);
    const { threads, has_more } = json as { threads: { name: string }[]; has_more?: boolean };
    return [threads.map(({ name }) => name), has_more];
  };
  const joined = `/channels/${channel.id}/users/@me/threads/archived/private`;
  assert.deepEqual(await list(`${joined}?limit=1`), [['second'], true]);
  assert.deepEqual(await list(`${joined}?before=${second!.id}`), [['first'], false]);
  assert.deepEqual(await list(`${joined}?before=${first!.id}`), [[], false]);
  const active = `/guilds/${guild.id}/threads/active`;
  assert.deepEqual(await list(active), [['active joined'], undefined]);
  emulator.allow(channel.id, 'MANAGE_THREADS');
  assert.deepEqual((await list(active))[0], ['active secret', 'active joined']);
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
  assert.deepEqual(await statusAndCode(emulator, joined), [403, 50001]);
});
