import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRecordedClips } from '../../../src/activities/audit/list-recorded-clips.ts';
import { createFakeBucket } from '../../support/fakes/bucket.ts';

const CHANNEL = '1196521684992000058';
/** Ids of 18 and 19 digits, some of which share their first digits. */
const IDS = [
  '999999999999999998',
  '999999999999999999',
  '1199999999999999999',
  '1200000000000000000',
  '1200000000000000007',
  '1200000000000000100',
];

test('an audit finds the records of any range of message ids, also where the first digits of the ids change', async () => {
  const bucket = createFakeBucket();
  for (const id of IDS) bucket.put(`messages/${CHANNEL}/${id}-${id}1.json`, {});
  bucket.put(`messages/${CHANNEL}0/${IDS[3]}-${IDS[3]}1.json`, {});
  bucket.put(`messages/${CHANNEL}/${IDS[3]}.json`, {});
  bucket.put(`messages/${CHANNEL}/notes-1.json`, {});
  const all = [...IDS, '1200000000000000200'];
  for (const [at, before] of all.entries()) {
    for (const from of [null, ...all.slice(0, at)]) {
      const found = await listRecordedClips(bucket, CHANNEL, { from, before });
      const expected = IDS.slice(from === null ? 0 : IDS.indexOf(from), at).reverse();
      assert.deepEqual(
        found,
        expected.map((id) => ({ channelId: CHANNEL, messageId: id, attachmentId: `${id}1` })),
        `from ${from} before ${before}`,
      );
    }
  }
});

test('for a range of ids that are alike, an audit lists only the keys that begin like these ids', async () => {
  const prefixes: string[] = [];
  const bucket = {
    async *list(prefix: string) {
      prefixes.push(prefix);
      yield* [];
    },
  };
  const range = { from: '1200000000000000007', before: '1200000000000000100' };
  await listRecordedClips(bucket, CHANNEL, range);
  assert.deepEqual(prefixes, [`messages/${CHANNEL}/1200000000000000`]);
});
