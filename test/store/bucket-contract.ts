import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { BucketPort } from '../../src/activities/ports.ts';

export const JSON_OBJECT = { contentType: 'application/json', cacheControl: 'no-cache' };

/** Adds one to the number at `key`, by compare-and-set, as often as it takes; returns the lost races. */
export async function increment(bucket: BucketPort, key: string): Promise<number> {
  for (let lost = 0; ; lost++) {
    const before = await bucket.read(key);
    const condition = before ? { generation: before.generation } : 'absent';
    // Of this writer alone: a lost answer is made good by looking whether our words stand there.
    const next = `${String(countIn(before) + 1)} ${randomUUID()}`;
    if (await bucket.write(key, next, { ...JSON_OBJECT, condition })) return lost;
  }
}

/** What `increment` counted. */
export const countIn = (object: { body: string } | null): number =>
  parseInt(object?.body ?? '0', 10);

/** What every bucket keeps to; `open` is asked once the surrounding `before` hooks are done. */
export function bucketContract(open: () => BucketPort): void {
  let counter = 0;
  const freshKey = (): string => `messages/1196521684992000058/${++counter}.json`;

  test('an object that was never written reads as null', async () => {
    assert.equal(await open().read(freshKey()), null);
  });

  test('what was written is read, and a second write replaces it whole', async () => {
    const key = freshKey();
    assert.equal(await open().write(key, '{"Description":"größer 🎬"}', JSON_OBJECT), true);
    assert.equal((await open().read(key))?.body, '{"Description":"größer 🎬"}');
    assert.equal(await open().write(key, '{}', JSON_OBJECT), true);
    assert.equal((await open().read(key))?.body, '{}');
  });

  test('bytes and empty objects are kept as they are', async () => {
    const key = freshKey();
    await open().write(key, new TextEncoder().encode('bytes'), JSON_OBJECT);
    assert.equal((await open().read(key))?.body, 'bytes');
    await open().write(key, '', JSON_OBJECT);
    assert.equal((await open().read(key))?.body, '');
  });

  test('a write on the condition "absent" holds once and then never', async () => {
    const key = freshKey();
    const absent = { ...JSON_OBJECT, condition: 'absent' } as const;
    assert.equal(await open().write(key, '1', absent), true);
    assert.equal(await open().write(key, '2', absent), false);
    assert.equal((await open().read(key))?.body, '1');
  });

  test('a write on a generation holds until the object changes', async () => {
    const key = freshKey();
    await open().write(key, '1', JSON_OBJECT);
    const first = await open().read(key);
    assert.ok(first);
    const condition = { generation: first.generation };
    assert.equal(await open().write(key, '2', { ...JSON_OBJECT, condition }), true);
    assert.equal(await open().write(key, '3', { ...JSON_OBJECT, condition }), false);
    const second = await open().read(key);
    assert.equal(second?.body, '2');
    assert.notEqual(second.generation, first.generation);
  });

  test('a write on a generation does not bring back an object that is not there', async () => {
    const key = freshKey();
    const condition = { generation: '1709287200125000' };
    assert.equal(await open().write(key, '1', { ...JSON_OBJECT, condition }), false);
    assert.equal(await open().read(key), null);
  });

  test('of fifty increments at a time none is lost', async () => {
    const key = freshKey();
    await Promise.all(Array.from({ length: 50 }, () => increment(open(), key)));
    assert.equal(countIn(await open().read(key)), 50);
  });

  test('readers meanwhile see whole objects, each with its own generation', async () => {
    const key = freshKey();
    const bodies = new Map<string, string>();
    const long = (n: number): string => `${n}`.repeat(20_000);
    await open().write(key, long(0), JSON_OBJECT);
    const writes = (async () => {
      for (let n = 1; n < 10; n++) await open().write(key, long(n), JSON_OBJECT);
    })();
    for (let n = 0; n < 30; n++) {
      const seen = await open().read(key);
      assert.ok(seen);
      assert.equal(seen.body, long(Number(seen.body[0])));
      assert.equal(bodies.get(seen.generation) ?? seen.body, seen.body);
      bodies.set(seen.generation, seen.body);
    }
    await writes;
  });

  test('keys that would leave the bucket are refused', async () => {
    const hostile = [
      '../x',
      '/etc/passwd',
      'a/../../x',
      'a//b',
      '',
      'a/',
      '.everclip/x',
      'a\\b',
      'a\0b',
    ];
    for (const key of hostile) {
      await assert.rejects(open().read(key), /is no object key/, JSON.stringify(key));
      await assert.rejects(
        open().write(key, '', JSON_OBJECT),
        /is no object key/,
        JSON.stringify(key),
      );
    }
  });
}
