import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { AttachmentFlags, ChannelType, type APIMessage } from 'discord-api-types/v10';
import { attachmentsOf } from '../../src/clip/message/files.ts';
import {
  postClip,
  postedClip,
  recordOf,
  untilArchived,
  untilRecord,
  type PostedClip,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

let stack: Stack<'bots' | 'edited' | 'hidden'>;
before(async () => {
  stack = await startStack({
    channels: ['bots', 'edited', 'hidden'],
  });
});
after(() => stack.stop());

const clipsOf = (message: APIMessage): PostedClip[] =>
  attachmentsOf(message).map(({ id }) => postedClip(message.channel_id, message.id, id));

const media = (filename: string) => ({ url: `attachment://${filename}` });

describe('messages of bots, webhooks and hidden threads', { concurrency: true }, () => {
  test('the clips of Components V2 get records and thumbnails, with what only the file knows', async () => {
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
    const { Attachment_URL: url, Revision: _, Attempt: __, ...record } = ace!;
    const size = readFileSync(path).length;
    assert.deepEqual(record, {
      Id: clips[0]!.id,
      Discord_id: message.id,
      Poster: 'clipbot',
      Poster_Id: message.author.id,
      Posted_By_Id: userId,
      Date: Date.parse(message.timestamp) / 1000,
      Link_to_message: `https://discord.com/channels/${emulator.guilds[0]!.id}/${channels.bots}/${message.id}`,
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
    });
    assert.equal((await fetch(url)).status, 200);
    assert.deepEqual([second?.Filename, second?.Spoiler], ['second', undefined]);
    const picture = await stack.bucket.read(clips[0]!.thumbnailKey);
    assert.equal(picture!.bytes.toString('latin1', 8, 12), 'WEBP');
  });

  test('a message that is edited into components keeps its clip, and a spoiler can be set and removed', async () => {
    const { emulator, channels, userId, video: path } = stack;
    const message = emulator.postMessage({
      channelId: channels.edited,
      authorId: userId,
      files: [{ filename: 'ace.mp4', title: 'クラッチ', path, contentType: 'video/mp4' }],
    });
    const clip = clipsOf(message)[0]!;
    await untilArchived(stack, [clip]);
    assert.equal((await recordOf(stack, clip))?.Title, 'クラッチ');
    emulator.editAttachment({ ...clip, flags: AttachmentFlags.IsSpoiler });
    await untilRecord(stack, clip, 'be a spoiler', ({ Spoiler }) => Spoiler === true);
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

  test('clips in a private thread that the bot was added to are archived although the parent is hidden', async () => {
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
