import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeRecord } from '../../../src/clip/audit/judge-record.ts';
import { recordOf } from '../../../src/clip/record.ts';
import { readRepositoryFile } from '../../docs/repository.ts';
import { aState } from '../../activities/run-activity.ts';

const { clip } = aState();
const RECORD = recordOf(aState(), 1);
const kindOf = (body: string | null): string => judgeRecord(body, clip).kind;

describe('what an audit thinks of a record', () => {
  test('a record that Everclip wrote is sound, and so is the example in the documentation', async () => {
    assert.equal(kindOf(JSON.stringify(RECORD)), 'sound');
    const page = await readRepositoryFile('docs/records.md');
    const [, example = ''] = /^```json\n(.+?)^```$/ms.exec(page) ?? [];
    const { Discord_id, channelId, Id } = JSON.parse(example) as typeof RECORD;
    const ref = { channelId, messageId: Discord_id, attachmentId: Id.split('-')[1] ?? '' };
    assert.equal(judgeRecord(example, ref).kind, 'sound');
  });

  test('an object that does not exist is missing, and one that is no record is damaged', () => {
    assert.equal(kindOf(null), 'missing');
    for (const body of ['', '{', '[]', 'null', JSON.stringify({ ...RECORD, Revision: 0 })]) {
      assert.equal(kindOf(body), 'damaged', body);
    }
    assert.equal(kindOf(JSON.stringify(RECORD).slice(0, -20)), 'damaged', 'a half-written record');
  });

  test('a record without one of the fields that every record has is damaged, and other fields may be missing', () => {
    const always = ['Id', 'Discord_id', 'Poster', 'Poster_Id', 'Date', 'Link_to_message'];
    always.push('Description', 'Attachment_URL', 'Expire_Timestamp', 'Filename', 'channelId');
    always.push('guildId', 'Status', 'Revision');
    for (const name of Object.keys(RECORD)) {
      const body = JSON.stringify({ ...RECORD, [name]: undefined });
      assert.equal(kindOf(body), always.includes(name) ? 'damaged' : 'sound', name);
    }
  });

  test('only the record of a deleted clip may be without a link', () => {
    const without = { ...RECORD, Attachment_URL: '' };
    assert.equal(kindOf(JSON.stringify(without)), 'damaged');
    assert.equal(kindOf(JSON.stringify({ ...without, Status: 'deleted' })), 'sound');
  });

  test('a record of another clip, message, channel or attachment is damaged', () => {
    const others = {
      Id: `${clip.messageId}-1213063179848942530`,
      Discord_id: '1213063181631516642',
      channelId: '1196521684992000059',
      Attachment_URL: clip.url.replace(clip.attachmentId, '1213063179848942530'),
    };
    for (const [name, value] of Object.entries(others)) {
      assert.equal(kindOf(JSON.stringify({ ...RECORD, [name]: value })), 'damaged', name);
    }
  });
});
