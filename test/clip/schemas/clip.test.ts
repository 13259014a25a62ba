import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clip } from '../../../src/clip/clip.ts';
import { clipsOfMessage } from '../../../src/clip/message.ts';
import { checkClip } from '../../../src/clip/schemas/clip.ts';
import { cutTexts } from '../../../src/clip/schemas/cut-texts.ts';
import { aMessage, anAttachment, PLACE, RULES } from '../a-message.ts';

const [CLIP] = clipsOfMessage(
  aMessage({ attachments: [anAttachment({ width: 1920, height: 1080, duration_secs: 21.25 })] }),
  PLACE,
  RULES,
);
assert.ok(CLIP);

describe('checkClip', () => {
  test('a clip from a message of Discord is valid and stays as it is', () => {
    assert.deepEqual(checkClip(CLIP), { value: CLIP, fault: null });
    const outside = { ...CLIP, guildId: null, guildName: null };
    assert.deepEqual(checkClip(outside), { value: outside, fault: null });
  });

  test('a clip is valid if its poster has a short id, as on some compatible servers', () => {
    for (const id of ['0', '1']) {
      const clip: unknown = { ...CLIP, poster: { ...CLIP.poster, id } };
      assert.deepEqual(checkClip(clip).value, clip);
    }
  });

  test('texts and lists that are too long are cut, so that a clip always fits into Temporal', () => {
    const long = 'x'.repeat(3_000_000);
    const players = Array.from({ length: 500 }, () => ({
      id: '1',
      username: long,
      displayName: long,
    }));
    const value = cutTexts({
      ...CLIP,
      ...{ description: long, channelName: long, filename: long, title: long, players },
      poster: { ...CLIP.poster, username: long, displayName: long },
    });
    assert.ok(JSON.stringify(value).length < 500_000);
    assert.equal(cutTexts(CLIP), CLIP, 'the same object');
    assert.equal(checkClip({ ...CLIP, url: `${CLIP.url}&x=${long}` }).value, null);
  });

  test('unknown fields of a clip and of its poster are stripped', () => {
    const more = { ...CLIP, extra: 1, poster: { ...CLIP.poster, bot: true } };
    assert.deepEqual(checkClip(more).value, CLIP);
  });

  const wrong: [string, Record<string, unknown>, string][] = [
    ['a message id with a quote', { messageId: "1' OR '1'='1" }, 'messageId is not a Discord id'],
    ['a path as its attachment id', { attachmentId: '../x' }, 'attachmentId is not a Discord id'],
    ['a number as its channel id', { channelId: 7 }, 'channelId is not a Discord id'],
    ['a poster id of letters', { poster: { ...CLIP.poster, id: 'me' } }, 'poster.id is not a Disc'],
    ['a text as its poster', { poster: 'me' }, 'poster is not an object'],
    ['a poster without a name', { poster: { id: CLIP.poster.id } }, 'poster.username is missing'],
    ['a link to a script', { url: 'javascript:alert(1)' }, 'url is not an http(s) link'],
    ['no link', { url: undefined }, 'url is not an http(s) link'],
    ['a list as its text', { description: ['x'] }, 'description is not a text'],
    ['an empty file name', { filename: '' }, 'filename is empty'],
    ['a time that is not a number', { postedAtMs: NaN }, 'postedAtMs is not a number'],
  ];
  for (const [name, fields, fault] of wrong) {
    test(`a clip with ${name} is invalid, and the fault names the field but not the value`, () => {
      const checked = checkClip({ ...CLIP, ...fields });
      assert.equal(checked.value, null);
      assert.ok(checked.fault.startsWith(fault), checked.fault);
    });
  }

  test('a fault never repeats a link, because the link is a secret', () => {
    const { fault } = checkClip({ ...CLIP, url: [CLIP.url], channelName: { is: CLIP.url } });
    assert.doesNotMatch(fault ?? '', /hm=|cdn/);
  });

  test('impossible facts, such as a negative height, are left out, and the clip is still valid', () => {
    const odd = { width: '1920', height: -1, sizeBytes: Infinity, contentType: 7, placeholder: {} };
    const { value } = checkClip({ ...CLIP, ...odd, durationSeconds: null });
    const names = [...Object.keys(odd), 'durationSeconds'] as (keyof Clip)[];
    for (const name of names) assert.equal(value?.[name], undefined, name);
    assert.equal(value?.filename, CLIP.filename);
  });

  test('a value that is not an object is not a valid clip', () => {
    for (const value of [undefined, null, 7, 'clip', true]) {
      assert.equal(checkClip(value).fault, 'it is not an object');
    }
  });
});
