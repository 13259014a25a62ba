import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChannelIndex } from '../../../src/activities/deletions/channel-index.ts';
import { createFakeBucket } from '../../support/fakes/bucket.ts';

const GUILD = '442294389964800640';
const idOf = (n: number): string => String(1_196_521_684_992_000_000n + BigInt(n));

test('many deletions within a minute list the channels once and read each record once', async () => {
  const bucket = createFakeBucket();
  const put = (n: number, parent: number | null) => {
    const parentId = parent === null ? null : idOf(parent);
    const channel = { Id: idOf(n), Name: 'x', guildId: GUILD, Parent_Id: parentId, Public: true };
    bucket.put(`channels/${idOf(n)}.json`, channel);
  };
  for (let n = 0; n < 50; n++) put(n, null);
  for (let n = 0; n < 50; n++) put(100 + n, n);
  let lists = 0;
  let reads = 0;
  let nowMs = 0;
  const index = createChannelIndex(
    {
      list: (prefix) => {
        lists += 1;
        return bucket.list(prefix);
      },
      read: async (key) => {
        reads += 1;
        return await bucket.read(key);
      },
    },
    () => nowMs,
  );
  for (let n = 0; n < 50; n++) {
    const found = await index.find({ channelId: idOf(n), mayHaveThreads: true });
    assert.deepEqual(
      found.map(({ id }) => id),
      [idOf(n), idOf(100 + n)],
    );
  }
  // The oldest channel is in no other channel, so its record is not read.
  assert.deepEqual([lists, reads], [1, 99]);
  put(200, 7);
  nowMs += 60_000;
  const found = await index.find({ guildId: GUILD });
  assert.equal(found.length, 101, 'after a minute, a new channel is found');
  assert.deepEqual(found.at(-1), { id: idOf(200), ownerId: idOf(7) });
});
