import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  avatarKey,
  clipId,
  clipSummary,
  recordKey,
  shownName,
  shownTitle,
  thumbnailKey,
  userDataKey,
  type Clip,
} from '../../src/clip/clip.ts';
import { clipWorkflowId, messageWorkflowIdPrefix } from '../../src/clip/names.ts';
import { clipsOfMessage } from '../../src/clip/message.ts';
import { aMessage, anAttachment, PLACE, RULES } from './a-message.ts';

describe('clip names', () => {
  const [clip] = clipsOfMessage(aMessage(), PLACE, RULES);
  assert.ok(clip);

  test('a clip has the ids and object keys that docs/records.md describes', () => {
    const id = '1213063181631516641-1213063179848942529';
    assert.equal(clipId(clip), id);
    assert.equal(clipWorkflowId(clip), `clip-${id}`);
    assert.equal(recordKey(clip), `messages/1196521684992000058/${id}.json`);
    assert.equal(thumbnailKey(clip, 'webp'), `thumb/${id}.webp`);
    assert.equal(userDataKey('356003082141696426'), 'userData/356003082141696426.json');
    assert.equal(avatarKey('356003082141696426', 'png'), 'userData/356003082141696426.png');
  });

  test('the summary of a clip contains the file name, the user name and the channel name', () => {
    assert.equal(clipSummary(clip), 'COMET.mp4 by _juno in #overtime');
    assert.equal(clipSummary({ ...clip, title: 'クラッチ' }), 'クラッチ by _juno in #overtime');
  });

  test('if names are invisible, the summary shows the file name and the ids instead', () => {
    for (const invisible of [
      '',
      ' ',
      '\u3164',
      '\u200b\u200d',
      '\u2800 \ufe0f',
      '\u{e0041}',
      '\u202e',
    ]) {
      const poster = { ...clip.poster, id: '356003082141696426', username: invisible };
      const unnamed: Clip = { ...clip, title: invisible, channelName: invisible, poster };
      assert.equal(
        clipSummary(unnamed),
        'COMET.mp4 by 356003082141696426 in #1196521684992000058',
        JSON.stringify(invisible),
      );
      assert.equal(shownTitle({ title: invisible, filename: invisible }), '(no name)');
      assert.equal(shownName(invisible), '(no name)');
    }
  });

  test('if names contain Markdown or HTML, the summary shows them as text and stays within 400 bytes', () => {
    const hostile: Clip = {
      ...clip,
      title: '![x](http://e.example/p.png)'.repeat(20),
      poster: { ...clip.poster, username: '<a href=//e.example>log in again</a>'.repeat(9) },
      channelName: 'クラッチ'.repeat(100),
    };
    const summary = clipSummary(hostile);
    assert.doesNotMatch(summary, /[<>[\]]|:\/\//);
    assert.ok(new TextEncoder().encode(summary).length <= 400);
  });

  test('if a message with two clips is forwarded, all four clips have different workflow ids', () => {
    const two = [anAttachment(), anAttachment({ id: '1213063179848942530' })];
    const forward = { message: { ...aMessage(), attachments: two } };
    const clips = [
      ...clipsOfMessage(aMessage({ attachments: two }), PLACE, RULES),
      ...clipsOfMessage(
        aMessage({ id: '1213063181631516999', attachments: [], message_snapshots: [forward] }),
        PLACE,
        RULES,
      ),
    ];
    assert.equal(clips.length, 4);
    assert.equal(new Set(clips.map(clipWorkflowId)).size, 4);
  });

  test('a clip workflow id starts with the prefix of a message only if the clip belongs to that message', () => {
    const prefix = messageWorkflowIdPrefix(clip.messageId);
    assert.ok(clipWorkflowId(clip).startsWith(prefix));
    const longer = { ...clip, messageId: `${clip.messageId}0` };
    assert.ok(!clipWorkflowId(longer).startsWith(prefix));
  });
});
