import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { AttachmentFlags, ChannelType, type APIMessage } from 'discord-api-types/v10';
import { attachmentsOf } from '../../src/clip/message/files.ts';
import type { UserData } from '../../src/clip/user-data.ts';
import {
  postClip,
  postedClip,
  recordOf,
  untilArchived,
  untilRecord,
  type PostedClip,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const WEB_URL = 'https://chat.example';

let stack: Stack<'bots' | 'personas' | 'edited' | 'hidden'>;
before(async () => {
  stack = await startStack({
    channels: ['bots', 'personas', 'edited', 'hidden'],
    env: { DISCORD_WEB_URL: WEB_URL },
  });
});
after(() => stack.stop());

/** The CDN serves this picture unchanged, and only the picture's first bytes show that it is a PNG. */
const avatar = (name: string): Buffer =>
  Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from(name)]);

const clipsOf = (message: APIMessage): PostedClip[] =>
  attachmentsOf(message).map(({ id }) => postedClip(message.channel_id, message.id, id));

const media = (filename: string) => ({ url: `attachment://${filename}` });

describe('messages of bots, webhooks and hidden threads', { concurrency: true }, () => {
  test('if clips are posted with Components V2, they get records, thumbnails and the data read from their files', async () => {
    const { emulator, channels, userId, video: path } = stack;
    const file = { path, contentType: 'video/mp4' };
    const message = emulator.postMessage({
      channelId: channels.bots,
      authorId: emulator.addUser({ username: 'clipbot', bot: true }).id,
      commandBy: userId,
      files: [
        { ...file, filename: 'ace.mp4' },
        { ...file, filename: 'second.mp4' },
      ],
      components: [
        {
          type: 17,
          components: [
            { type: 10, content: '**Ace on Sunset**' },
            { type: 12, items: [{ media: media('ace.mp4'), spoiler: true, description: 'five' }] },
            { type: 13, file: media('second.mp4') },
          ],
        },
      ],
    });
    assert.deepEqual(message.attachments, []);
    const clips = clipsOf(message);
    assert.equal(clips.length, 2);
    await untilArchived(stack, clips);
    const [ace, second] = await Promise.all(clips.map((clip) => recordOf(stack, clip)));
    const { Attachment_URL: url, Revision: _, Attempt: __, ...others } = ace!;
    const { Thumbnail_Hash, Poster_Image_Hash, Picture_Version, ...record } = others;
    for (const hash of [Thumbnail_Hash, Poster_Image_Hash])
      assert.match(String(hash), /^[0-9a-f]{16}$/);
    // The clip is too short for a storyboard, but a refresh may already have noted that somebody tried to make one.
    assert.ok(Picture_Version === 1 || Picture_Version === 2);
    const size = readFileSync(path).length;
    assert.deepEqual(record, {
      Id: clips[0]!.id,
      Discord_id: message.id,
      Poster: 'clipbot',
      Poster_Id: message.author.id,
      Posted_By_Id: userId,
      Date: Date.parse(message.timestamp) / 1000,
      Link_to_message: `${WEB_URL}/channels/${emulator.guilds[0]!.id}/${channels.bots}/${message.id}`,
      Description: '**Ace on Sunset**',
      Filename: 'ace',
      Alt_Text: 'five',
      Spoiler: true,
      Expire_Timestamp: Number.parseInt(new URL(url).searchParams.get('ex')!, 16),
      channelId: channels.bots,
      guildId: emulator.guilds[0]!.id,
      Status: 'live',
      Size: size,
      Content_Type: 'video/mp4',
      Runtime: 1,
      Width: 64,
      Height: 64,
      Codec: 'h264',
      Frame_Rate: 5,
      Bit_Rate: size * 8,
      Has_Audio: false,
      Thumbnail: clips[0]!.thumbnailKey,
      Poster_Image: `poster/${clips[0]!.id}.jpg`,
    });
    assert.equal((await fetch(url)).status, 200);
    assert.deepEqual([second?.Filename, second?.Spoiler], ['second', undefined]);
    const picture = await stack.bucket.read(clips[0]!.thumbnailKey);
    assert.equal(picture!.bytes.toString('latin1', 8, 12), 'WEBP');
    await stack.until('user data', () => stack.bucket.read(`userData/${userId}.json`));
  });

  test('if a webhook posts clips under several names, each record shows the name of its own message', async () => {
    const { emulator, channels, bucket, video: path } = stack;
    const id = '1283675776780079888';
    const post = (username: string) => {
      const message = emulator.postMessage({
        channelId: channels.personas,
        authorId: id,
        webhook: { id, username, avatar: avatar(username) },
        files: [{ filename: 'ace.mp4', path, contentType: 'video/mp4' }],
      });
      return clipsOf(message)[0]!;
    };
    const names = ['Kestrel', 'Marlow', 'Kestrel'];
    const clips = names.map(post);
    await untilArchived(stack, clips);
    const records = await Promise.all(clips.map((clip) => recordOf(stack, clip)));
    assert.deepEqual(
      records.map((record) => [record?.Poster, record?.Poster_Id, record?.Webhook_Id]),
      names.map((name) => [name, id, id]),
    );
    assert.equal(new Set(records.map((record) => record?.User_Data)).size, 2);
    for (const record of records) {
      const key = record!.User_Data!;
      assert.match(key, new RegExp(`^userData/${id}-[0-9a-f]{16}\\.json$`));
      const data = await stack.until(key, () => bucket.readJson<UserData>(key));
      assert.equal(data.Name, record!.Poster);
      const icon = await stack.until(data.Icon!, () => bucket.read(data.Icon!));
      assert.deepEqual(icon.bytes, avatar(data.Name));
    }
    assert.equal(await bucket.read(`userData/${id}.json`), null);
    const avatars = emulator.stats.log.filter(({ request }) => request.includes(`/avatars/${id}/`));
    assert.equal(avatars.length, 2, 'one fetch for each name and avatar');

    const juno = emulator.addUser({ username: 'juno_2019' });
    const [key, postAsJuno] = [
      `userData/${juno.id}.json`,
      (timestamp?: Date) =>
        postClip(stack, {
          channelId: channels.personas,
          authorId: juno.id,
          ...(timestamp && { timestamp }),
        }),
    ];
    const nameIs = (wanted: string) =>
      stack.until(`the name ${wanted}`, async () => {
        return (await bucket.readJson<UserData>(key))?.Name === wanted;
      });
    await untilArchived(stack, [postAsJuno()]);
    await nameIs('juno_2019');
    emulator.renameUser(juno.id, { username: 'juno' });
    await untilArchived(stack, [postAsJuno()]);
    await nameIs('juno');
  });

  test('if a message is edited into components, its clip continues, and its spoiler can be set and removed', async () => {
    const { emulator, channels, userId, video: path } = stack;
    const post = (flags?: AttachmentFlags) =>
      emulator.postMessage({
        channelId: channels.edited,
        authorId: userId,
        files: [
          {
            filename: 'ace.mp4',
            title: 'クラッチ',
            path,
            contentType: 'video/mp4',
            ...(flags && { flags }),
          },
        ],
      });
    // The second edit of a message would wait 30 s, so each message is edited once.
    const [message, plain] = [post(AttachmentFlags.IsSpoiler), post()];
    const [clip, plainClip] = [clipsOf(message)[0]!, clipsOf(plain)[0]!];
    await untilArchived(stack, [clip, plainClip]);
    const { Title, Spoiler } = (await recordOf(stack, clip))!;
    assert.deepEqual([Title, Spoiler], ['クラッチ', true]);
    emulator.editAttachment({ ...plainClip, flags: AttachmentFlags.IsSpoiler });
    await untilRecord(stack, plainClip, 'be a spoiler', (record) => record.Spoiler === true);
    const components = [
      { type: 10, content: 'now in components' },
      { type: 13, file: media('ace.mp4') },
    ];
    emulator.editMessage({ ...clip, components });
    const edited = await untilRecord(
      stack,
      clip,
      'say the text of the components',
      ({ Description }) => Description === 'now in components',
    );
    assert.deepEqual(
      [edited.Status, edited.Title, edited.Spoiler, edited.Thumbnail],
      ['live', 'クラッチ', undefined, clip.thumbnailKey],
    );
    const handle = stack.temporal.workflow.getHandle(clip.workflowId);
    await handle.signal('refreshNow');
    await untilRecord(stack, clip, 'be refreshed', ({ Revision }) => Revision > edited.Revision);
    assert.equal((await handle.describe()).status.name, 'RUNNING');
  });

  test('if the bot was added to a private thread, its clips are archived although the parent is hidden', async () => {
    const { emulator, channels } = stack;
    emulator.deny(channels.hidden, 'VIEW_CHANNEL');
    const { id: channelId } = emulator.addChannel({
      guildId: emulator.guilds[0]!.id,
      name: 'finals',
      type: ChannelType.PrivateThread,
      parentId: channels.hidden,
      hasBot: true,
    });
    const old = postClip(stack, { channelId, silent: true });
    const live = postClip(stack, { channelId });
    await untilArchived(stack, [live]);
    await stack.cli(
      ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
      ...['--workflow-id', `backfill-${channelId}`],
      ...['--input', JSON.stringify({ channelId })],
    );
    await untilArchived(stack, [old]);
  });
});
