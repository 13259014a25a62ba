import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { compareAndSetRecord } from '../../src/activities/compare-and-set-record.ts';
import type { BucketPort } from '../../src/activities/ports.ts';
import { recordKey } from '../../src/clip/clip.ts';
import { recordOf } from '../../src/clip/record.ts';
import { aState } from '../activities/run-activity.ts';

export const JSON_OBJECT = { contentType: 'application/json', cacheControl: 'no-cache' };

/**
 * Adds one to the number at `key` with compare-and-set, and retries until it succeeds. Returns the number of retries.
 */
export async function increment(bucket: BucketPort, key: string): Promise<number> {
  for (let lost = 0; ; lost++) {
    const before = await bucket.read(key);
    const condition = before ? { generation: before.generation } : 'absent';
    // The body is unique, because a writer whose response was lost recognizes its own write by the body.
    const next = `${String(countIn(before) + 1)} ${randomUUID()}`;
    if (await bucket.write(key, next, { ...JSON_OBJECT, condition })) return lost;
  }
}

/** The number that `increment` wrote. */
export function countIn(object: { body: string } | null): number {
  return parseInt(object?.body ?? '0', 10);
}

/** Tests that every bucket must pass. The tests call `open` only after the surrounding `before` hooks. */
export function bucketContract(open: () => BucketPort): void {
  let counter = 0;
  const freshKey = (): string => `messages/1196521684992000058/${++counter}.json`;

  test('reading an object that was never written returns null', async () => {
    assert.equal(await open().read(freshKey()), null);
  });

  test('a read returns the last write, and a second write replaces the whole object', async () => {
    const key = freshKey();
    assert.ok(await open().write(key, '{"Description":"größer 🎬"}', JSON_OBJECT));
    assert.equal((await open().read(key))?.body, '{"Description":"größer 🎬"}');
    assert.ok(await open().write(key, '{}', JSON_OBJECT));
    assert.equal((await open().read(key))?.body, '{}');
  });

  test('byte arrays and empty objects are stored unchanged', async () => {
    const key = freshKey();
    await open().write(key, new TextEncoder().encode('bytes'), JSON_OBJECT);
    assert.equal((await open().read(key))?.body, 'bytes');
    await open().write(key, '', JSON_OBJECT);
    assert.equal((await open().read(key))?.body, '');
  });

  test('a write with the condition "absent" succeeds once and never again', async () => {
    const key = freshKey();
    const absent = { ...JSON_OBJECT, condition: 'absent' } as const;
    assert.ok(await open().write(key, '1', absent));
    assert.equal(await open().write(key, '2', absent), null);
    assert.equal((await open().read(key))?.body, '1');
  });

  test('a write that expects a generation succeeds only if the object still has that generation', async () => {
    const key = freshKey();
    await open().write(key, '1', JSON_OBJECT);
    const first = await open().read(key);
    assert.ok(first);
    const condition = { generation: first.generation };
    assert.ok(await open().write(key, '2', { ...JSON_OBJECT, condition }));
    assert.equal(await open().write(key, '3', { ...JSON_OBJECT, condition }), null);
    const second = await open().read(key);
    assert.equal(second?.body, '2');
    assert.notEqual(second.generation, first.generation);
  });

  test('if an object does not exist, a write that expects a generation does not create the object', async () => {
    const key = freshKey();
    const condition = { generation: '1709287200125000' };
    assert.equal(await open().write(key, '1', { ...JSON_OBJECT, condition }), null);
    assert.equal(await open().read(key), null);
  });

  test('if fifty increments of one object run at once, no increment is lost', async () => {
    const key = freshKey();
    await Promise.all(Array.from({ length: 50 }, () => increment(open(), key)));
    assert.equal(countIn(await open().read(key)), 50);
  });

  test('while a writer replaces an object, a reader never sees a mix of two versions', async () => {
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

  test('if an object is larger than 1 MB, its body is not read, but a write that expects its generation still replaces the object once', async () => {
    const state = aState();
    const key = recordKey(state.clip);
    const large = JSON.stringify(recordOf({ ...state, revision: 9 }, 1)).padEnd(2 ** 20, ' ');
    await open().write(key, large, JSON_OBJECT);
    assert.equal((await open().read(key))?.body, large, 'an object of 1 MB is read');
    await open().write(key, `${large} `, JSON_OBJECT);
    const seen = await open().read(key);
    assert.ok(seen);
    assert.equal(seen.body, '');
    assert.deepEqual(await compareAndSetRecord(open(), state, { attempt: 1, adopt: true }), {});
    assert.deepEqual(JSON.parse((await open().read(key))?.body ?? ''), recordOf(state, 1));
    const condition = { generation: seen.generation };
    assert.equal(await open().write(key, '1', { ...JSON_OBJECT, condition }), null);
  });

  test('a read of bytes returns the bytes and the generation that a read of the text returns', async () => {
    const key = freshKey();
    assert.equal(await open().readBytes(key), null);
    const picture = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    await open().write(key, picture, JSON_OBJECT);
    const seen = await open().readBytes(key);
    assert.deepEqual(seen && [...seen.bytes], [...picture]);
    assert.equal(seen?.generation, (await open().read(key))?.generation);
    await open().write(key, new Uint8Array(2 ** 20 + 1), JSON_OBJECT);
    assert.equal((await open().readBytes(key))?.bytes.length, 0, 'a larger object is not read');
  });

  test('a list returns every object under a prefix with the version that its last write returned', async () => {
    const bucket = open();
    const expected = new Map<string, string | null>();
    for (let n = 0; n < 70; n++) {
      const key = `listed/${n % 3}/${n}.json`;
      expected.set(key, await bucket.write(key, '{}', JSON_OBJECT));
    }
    const replaced = 'listed/0/0.json';
    const absent = { ...JSON_OBJECT, condition: 'absent' } as const;
    assert.equal(await bucket.write(replaced, '{}', absent), null);
    const generation = (await bucket.read(replaced))?.generation ?? '';
    const condition = { generation };
    expected.set(replaced, await bucket.write(replaced, '[]', { ...JSON_OBJECT, condition }));
    assert.deepEqual(await listed(bucket, 'listed/'), sorted(expected));
    const inFolder = new Map([...expected].filter(([key]) => key.startsWith('listed/1/')));
    assert.deepEqual(await listed(bucket, 'listed/1/'), sorted(inFolder));
    const byName = new Map([...expected].filter(([key]) => key.startsWith('listed/1/1')));
    assert.deepEqual(await listed(bucket, 'listed/1/1'), sorted(byName));
  });

  test('a read returns the version that the last write returned, even if the object is too large to be read', async () => {
    const key = freshKey();
    for (const body of ['{}', '[]', new Uint8Array(2 ** 20 + 1)]) {
      const version = await open().write(key, body, JSON_OBJECT);
      assert.equal((await open().read(key))?.version, version);
      assert.deepEqual(await listed(open(), key), [[key, version]]);
    }
  });

  test('each write of an object gives the object another version, even if the content is the same', async () => {
    const key = freshKey();
    const versions = new Set<string | null>();
    for (let n = 0; n < 5; n++) versions.add(await open().write(key, '{}', JSON_OBJECT));
    assert.equal(versions.size, 5);
  });

  test('an object exists from its first write until it is deleted, and can then be written as if it had never existed', async () => {
    const bucket = open();
    const key = freshKey();
    const beside = freshKey();
    assert.equal(await bucket.exists(key), false);
    await bucket.write(key, new Uint8Array(2 ** 20 + 1), JSON_OBJECT);
    await bucket.write(beside, '2', JSON_OBJECT);
    assert.equal(await bucket.exists(key), true);
    const generation = (await bucket.read(key))?.generation ?? '';
    await bucket.delete(key);
    assert.equal(await bucket.exists(key), false);
    assert.equal(await bucket.read(key), null);
    assert.deepEqual(await listed(bucket, key), []);
    const condition = { generation };
    assert.equal(await bucket.write(key, '3', { ...JSON_OBJECT, condition }), null);
    assert.ok(await bucket.write(key, '4', { ...JSON_OBJECT, condition: 'absent' }));
    assert.equal((await bucket.read(beside))?.body, '2', 'other objects stay');
  });

  test('a deletion of an object that does not exist does nothing', async () => {
    const key = `deleted/${freshKey()}`;
    await open().delete(key);
    await open().write(key, '1', JSON_OBJECT);
    await open().delete(key);
    await open().delete(key);
    await open().delete(`${key}/below-a-file`);
    assert.equal(await open().exists(key), false);
    assert.equal(await open().exists('deleted'), false, 'a folder is not an object');
  });

  test('a list of a prefix without objects is empty', async () => {
    assert.deepEqual(await listed(open(), 'nothing/'), []);
    assert.deepEqual(await listed(open(), 'nothing'), []);
  });

  test('a list rejects a prefix that points outside the bucket or into its hidden folder', async () => {
    for (const prefix of ['../', '/etc/', 'a/../b', 'a//', '.everclip/', '.', 'a\\b']) {
      await assert.rejects(
        async () => await listed(open(), prefix),
        /does not begin an object key/,
        JSON.stringify(prefix),
      );
    }
  });

  test('every method rejects an object key that is malformed or points outside the bucket', async () => {
    const invalidKeys = [
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
    for (const key of invalidKeys) {
      await assert.rejects(open().read(key), /is not an object key/, JSON.stringify(key));
      await assert.rejects(
        open().write(key, '', JSON_OBJECT),
        /is not an object key/,
        JSON.stringify(key),
      );
      for (const call of ['exists', 'delete'] as const) {
        await assert.rejects(
          async () => open()[call](key),
          /is not an object key/,
          JSON.stringify(key),
        );
      }
    }
  });
}

/** Returns the listed objects as pairs of key and version, sorted by key. */
export async function listed(bucket: BucketPort, prefix: string): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { key, version } of bucket.list(prefix)) found.push([key, version]);
  return sorted(found);
}

function sorted<Value>(pairs: Iterable<[string, Value]>): [string, Value][] {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
}
