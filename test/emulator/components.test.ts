import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AttachmentFlags, ChannelType, MessageFlags, type APIMessage } from 'discord-api-types/v10';
import { callRest, someBytes, stage, statusAndCode } from './support.ts';

const FILES = [
  { filename: 'ace.mp4', bytes: someBytes(30), contentType: 'video/mp4', width: 64, height: 48 },
  { filename: 'second.mp4', bytes: someBytes(40) },
];
const GALLERY = {
  type: 12,
  items: [{ media: { url: 'attachment://ace.mp4' }, spoiler: true, description: 'five' }],
};
const COMPONENTS = [
  { type: 17, components: [GALLERY, { type: 13, file: { url: 'attachment://second.mp4' } }] },
];

describe('messages of the emulator', () => {
  test('if a message shows files in components, the files have fresh links and the attachment list is empty', async (t) => {
    const { emulator, channel, user } = await stage(t);
    const place = { channelId: channel.id, authorId: user.id };
    const message = emulator.postMessage({ ...place, files: FILES, components: COMPONENTS });
    assert.deepEqual([message.content, message.attachments], ['', []]);
    assert.equal(message.flags, MessageFlags.IsComponentsV2);
    const [{ components }] = message.components as unknown as [
      { components: [typeof GALLERY, { file: Record<string, unknown> }] },
    ];
    const { media, spoiler } = components[0].items[0] as { media: Record<string, unknown> } & {
      spoiler: boolean;
    };
    const url = String(media.url);
    assert.deepEqual(
      [spoiler, media.content_type, media.width, media.height],
      [true, 'video/mp4', 64, 48],
    );
    assert.match(url, new RegExp(`/attachments/${channel.id}/${String(media.attachment_id)}/ace`));
    assert.equal((await (await fetch(url)).arrayBuffer()).byteLength, 30);
    assert.equal((await fetch(String(components[1].file.url))).status, 200);
    const forward = emulator.postMessage({
      ...place,
      forwardOf: { channelId: channel.id, messageId: message.id },
    });
    assert.equal(forward.message_snapshots?.[0]?.message.components?.length, 1);

    emulator.setMessageContentIntent(false);
    const { json } = await callRest(emulator, `/channels/${channel.id}/messages/${message.id}`);
    assert.deepEqual((json as APIMessage).components, []);
  });

  test('if a message is edited into components, the message keeps its files', async (t) => {
    const { emulator, channel, user } = await stage(t);
    const post = { channelId: channel.id, authorId: user.id, content: 'x', files: FILES };
    const message = emulator.postMessage(post);
    const key = { channelId: channel.id, messageId: message.id };
    const edited = emulator.editMessage({ ...key, components: COMPONENTS });
    assert.deepEqual([edited.content, edited.attachments], ['', []]);
    assert.ok(edited.edited_timestamp);
    assert.equal((await fetch(message.attachments[0]!.url)).status, 200);
  });

  test('if a webhook posts several messages, each message can show another name and avatar', async (t) => {
    const { emulator, channel } = await stage(t);
    const id = '1283675776780079888';
    const post = (username: string, avatar?: Uint8Array) =>
      emulator.postMessage({
        channelId: channel.id,
        authorId: id,
        webhook: { id, username, ...(avatar && { avatar }) },
      });
    const [kestrel, marlow] = [post('Kestrel', someBytes(3)), post('Marlow')];
    assert.deepEqual(
      [kestrel.webhook_id, kestrel.author.id, kestrel.author.username],
      [id, id, 'Kestrel'],
    );
    assert.deepEqual([marlow.author.username, marlow.author.avatar], ['Marlow', null]);
    const avatar = `${emulator.cdnOrigin}/avatars/${id}/${kestrel.author.avatar}.png`;
    assert.equal((await (await fetch(avatar)).arrayBuffer()).byteLength, 3);
    assert.equal((await fetch(avatar.replace(/\w+\.png/, 'ffff.png'))).status, 404);
  });

  test('if a bot answers a command, the title, alt text and flags of its attachment can be changed', async (t) => {
    const { emulator, channel, user } = await stage(t);
    const bot = emulator.addUser({ username: 'clipbot', bot: true });
    const clip = { createdAt: '2026-10-14T06:40:00.000Z', game: 'Overwatch 2', players: [user.id] };
    const message = emulator.postMessage({
      channelId: channel.id,
      authorId: bot.id,
      commandBy: user.id,
      files: [{ ...FILES[0]!, clip, flags: AttachmentFlags.IsClip }],
    });
    assert.deepEqual(
      [message.author.username, message.interaction_metadata?.user.username, message.webhook_id],
      ['clipbot', '_juno', message.application_id],
    );
    const [attachment] = message.attachments;
    assert.deepEqual(
      [attachment?.clip_created_at, attachment?.application?.name],
      [clip.createdAt, 'Overwatch 2'],
    );
    assert.equal(attachment?.clip_participants?.[0]?.username, '_juno');
    const key = { channelId: channel.id, messageId: message.id, attachmentId: attachment.id };
    const flags = AttachmentFlags.IsSpoiler;
    const edited = emulator.editAttachment({ ...key, title: 'An ace', altText: '5', flags });
    const { title, description, flags: editedFlags } = edited.attachments[0]!;
    assert.deepEqual([title, description, editedFlags], ['An ace', '5', flags]);
  });

  test('if an edit removes the components, the message shows its files as attachments again', async (t) => {
    const { emulator, channel, user } = await stage(t);
    const { id: messageId } = emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      content: 'gg',
      files: [{ filename: 'ace.mp4', bytes: someBytes(9) }],
    });
    const key = { channelId: channel.id, messageId };
    const components = [{ type: 13, file: { url: 'attachment://ace.mp4' } }];
    const hidden = emulator.editMessage({ ...key, components });
    assert.deepEqual([hidden.content, hidden.attachments], ['', []]);
    const kept = emulator.editMessage({ ...key, content: 'gg!' });
    assert.equal(kept.components?.length, 1, 'an edit of the text keeps the components');
    const shown = emulator.editMessage({ ...key, components: null });
    const names = shown.attachments.map(({ filename }) => filename);
    assert.deepEqual([shown.content, names, shown.components], ['gg!', ['ace.mp4'], []]);
  });

  test('if the parent of a private thread is hidden, the thread is still visible to its members', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    emulator.deny(channel.id, 'VIEW_CHANNEL');
    const add = (hasBot: boolean) =>
      emulator.addChannel({
        guildId: guild.id,
        name: 'finals',
        type: ChannelType.PrivateThread,
        parentId: channel.id,
        hasBot,
      }).id;
    const [joined, other] = [add(true), add(false)];
    emulator.postMessage({ channelId: joined, authorId: user.id, content: 'gg' });
    assert.equal((await callRest(emulator, `/channels/${joined}/messages`)).status, 200);
    assert.deepEqual(await statusAndCode(emulator, `/channels/${other}`), [403, 50001]);
  });

  test('if a channel is a voice channel, reading its chat requires Connect', async (t) => {
    const { emulator, guild } = await stage(t);
    const type = ChannelType.GuildVoice;
    const { id } = emulator.addChannel({ guildId: guild.id, name: 'lobby', type });
    assert.equal((await callRest(emulator, `/channels/${id}/messages`)).status, 200);
    emulator.deny(id, 'CONNECT');
    assert.deepEqual(await statusAndCode(emulator, `/channels/${id}/messages`), [403, 50001]);
    assert.equal((await callRest(emulator, `/channels/${id}`)).status, 200);
  });
});
