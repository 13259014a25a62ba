import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIAttachment, APIMessage } from 'discord-api-types/v10';
import { clipsOfMessage } from '../../src/clip/message.ts';
import { attachmentsOf } from '../../src/clip/message/files.ts';
import { aMessage, anAttachment, PLACE, JUNO, RULES, without } from './a-message.ts';

const clipsOf = (message: APIMessage, types = ['mp4']) =>
  clipsOfMessage(message, PLACE, { ...RULES, types });
const filesOf = (message: APIMessage, types = ['mp4']): string[] =>
  clipsOf(message, types).map(({ filename }) => filename);

/** A message with files of these names and no content types. */
const named = (...filenames: string[]): APIMessage =>
  aMessage({
    attachments: filenames.map((filename, index) => ({
      id: `121306317984894253${index}`,
      filename,
      size: 1,
      url: `https://cdn.discordapp.com/attachments/1/${index}/${filename}`,
      proxy_url: '',
    })),
  });

describe('the clips of a message', () => {
  test('a clip contains all facts that Discord sent about the clip, and nothing else', () => {
    const attachment = anAttachment({
      width: 1920,
      height: 1080,
      duration_secs: 21.25,
      placeholder: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
    });
    const message = aMessage({ content: 'by <@356003082141696426>', mentions: [JUNO] });
    assert.deepEqual(clipsOf({ ...message, attachments: [attachment] }), [
      {
        messageId: '1213063181631516641',
        attachmentId: '1213063179848942529',
        channelId: '1196521684992000058',
        channelName: 'overtime',
        guildId: '442294389964800640',
        guildName: 'Clip Club',
        poster: { id: JUNO.id, username: '_juno', displayName: 'Juno', avatar: null },
        postedAtMs: 1_709_287_200_125,
        description: 'by @Juno',
        filename: 'COMET.mp4',
        url: attachment.url,
        sizeBytes: 24_117_248,
        contentType: 'video/mp4',
        width: 1920,
        height: 1080,
        durationSeconds: 21.25,
        placeholder: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
      },
    ]);
  });

  test('clips are recognised by file extension, in any letter case', () => {
    const message = named('a.mp4', 'b.MP4', 'c.Mp4', 'd.mp4.png', 'mp4', 'e.mp3', 'f.mp4x', '.mp4');
    assert.deepEqual(filesOf(message), ['a.mp4', 'b.MP4', 'c.Mp4', '.mp4']);
  });

  test('clips are recognised by content type if the file extension is missing or unknown', () => {
    const typed = (content_type: string, filename = 'clip') =>
      aMessage({ attachments: [anAttachment({ filename, content_type })] });
    assert.deepEqual(filesOf(typed('video/mp4')), ['clip']);
    assert.deepEqual(filesOf(typed('Video/MP4; codecs="avc1"', 'clip.bin')), ['clip.bin']);
    assert.deepEqual(filesOf(typed('video/mp4v-es')), []);
    assert.deepEqual(filesOf(typed('application/octet-stream', 'clip.mp4')), ['clip.mp4']);
    assert.deepEqual(filesOf(typed('video/webm')), []);
  });

  test('only attachments of the configured types are clips', () => {
    const message = named('a.mp4', 'b.mov', 'c.WebM', 'd.mkv', 'e.m4v');
    assert.deepEqual(filesOf(message, ['mov', 'webm']), ['b.mov', 'c.WebM']);
    assert.deepEqual(filesOf(message, ['m4v']), ['e.m4v']);
    const contentTypes = {
      mov: 'video/quicktime',
      webm: 'video/webm',
      mkv: 'video/x-matroska',
      m4v: 'video/x-m4v',
    };
    for (const [type, content_type] of Object.entries(contentTypes)) {
      const typed = aMessage({ attachments: [anAttachment({ filename: 'x', content_type })] });
      assert.deepEqual(filesOf(typed, [type]), ['x'], type);
      assert.deepEqual(filesOf(typed, ['mp4']), [], type);
    }
    assert.equal(
      filesOf(
        aMessage({
          attachments: [anAttachment({ filename: 'x', content_type: 'video/x-matroska' })],
        }),
        ['mov', 'webm', 'mp4'],
      ).length,
      0,
    );
  });

  test('if clips of a message share a name or have pictures between them, all clips are found', () => {
    const message = named('clip.mp4', 'look.png', 'clip.mp4', 'clip.mp4');
    assert.deepEqual(
      clipsOf(message).map(({ attachmentId }) => attachmentId),
      ['1213063179848942530', '1213063179848942532', '1213063179848942533'],
    );
    assert.deepEqual(clipsOf(aMessage({ attachments: [] })), []);
  });

  test('clips of a forwarded message count as posted by the user who forwards the message', () => {
    const original = aMessage({
      content: 'by <@356003082141696426>',
      mentions: [JUNO],
      attachments: [anAttachment({ id: '1213063179848940000', filename: 'old.mp4' })],
    });
    const forwarder = { ...JUNO, id: '356299278253039999', username: 'fan', global_name: null };
    const forward = aMessage({
      id: '1213063181631519999',
      author: forwarder,
      content: '',
      attachments: [],
      message_snapshots: [{ message: original }],
    });
    const [clip, ...others] = clipsOf(forward);
    assert.deepEqual(others, []);
    assert.equal(clip?.messageId, '1213063181631519999');
    assert.equal(clip.attachmentId, '1213063179848940000');
    assert.equal(clip.filename, 'old.mp4');
    assert.equal(clip.description, 'by @Juno');
    assert.deepEqual(clip.poster, {
      id: forwarder.id,
      username: 'fan',
      displayName: 'fan',
      avatar: null,
    });
    assert.deepEqual(
      attachmentsOf({ ...forward, attachments: [anAttachment()] }).map(({ id }) => id),
      ['1213063179848942529', '1213063179848940000'],
    );
  });

  test("the bot's own messages have no clips, unless the bot does not know its own id", () => {
    const own = aMessage({ author: { ...JUNO, id: PLACE.selfId ?? '' } });
    assert.deepEqual(clipsOf(own), []);
    assert.equal(clipsOfMessage(own, { ...PLACE, selfId: null }, RULES).length, 1);
  });

  test('if a server leaves out optional fields, clips are found and lack the unknown values', () => {
    const bare: APIAttachment = without(anAttachment(), 'content_type', 'size', 'proxy_url');
    const author = without(JUNO, 'avatar', 'global_name', 'discriminator');
    const message = without(
      aMessage({ author, attachments: [bare] }),
      'mentions',
      'edited_timestamp',
    );
    const [clip] = clipsOf(message);
    assert.deepEqual(clip?.poster, {
      id: JUNO.id,
      username: '_juno',
      displayName: '_juno',
      avatar: null,
    });
    for (const field of ['sizeBytes', 'contentType', 'width', 'height', 'durationSeconds']) {
      assert.ok(!(field in clip), field);
    }
    const nulls = { width: null, height: null, size: 0, content_type: null } as never;
    const [unknown] = clipsOf(
      aMessage({ attachments: [{ ...anAttachment(), ...(nulls as object) }] }),
    );
    assert.ok(unknown && !('width' in unknown) && !('sizeBytes' in unknown));
  });

  test('if a message lacks attachments or contains empty snapshots, the remaining clips are still found', () => {
    assert.deepEqual(clipsOf(without(aMessage(), 'attachments')), []);
    assert.deepEqual(attachmentsOf(without(aMessage(), 'attachments')), []);
    const snapshots = [
      {},
      { message: {} },
      { message: null },
      { message: { attachments: [anAttachment()] } },
    ] as APIMessage['message_snapshots'] & object;
    const forward = aMessage({ content: '', attachments: [], message_snapshots: snapshots });
    assert.deepEqual(filesOf(forward), ['COMET.mp4']);
    assert.equal(clipsOf(forward)[0]?.description, '');
    assert.equal(attachmentsOf(forward).length, 1);
  });
});
