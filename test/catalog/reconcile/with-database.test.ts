import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createReconcileStore } from '../../../src/catalog/reconcile/database-store.ts';
import { reconcile } from '../../../src/catalog/reconcile/reconcile.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { createFakeBucket, type FakeBucket } from '../../support/fakes/bucket.ts';
import { CHANNEL, idOf, keyOf, recordOf } from '../changes.ts';
import { onEachDatabase } from '../databases.ts';

const OTHER_CHANNEL = '1196521684992000059';
const KEY = keyOf(recordOf(1));

onEachDatabase('a reconcile', (context) => {
  const log = { info: () => undefined, warn: () => undefined } as never;

  async function reconcileWith(bucket: FakeBucket) {
    const store = createReconcileStore(context.db);
    const parts = { catalog: context.catalog, store, bucket, log, metrics: noMetrics };
    const summary = await reconcile(parts);
    assert.notEqual(summary, null);
    return summary;
  }

  function put(bucket: FakeBucket, fields: Parameters<typeof recordOf>[1]): string {
    const record = recordOf(1, fields);
    bucket.put(keyOf(record), record);
    return keyOf(record);
  }

  async function versionOf(bucket: FakeBucket, key: string): Promise<string> {
    for await (const object of bucket.list(key)) return object.version;
    return assert.fail(`${key} is missing`);
  }

  /** Tells the catalog what the bucket has, as a worker does. */
  async function tell(bucket: FakeBucket, key = KEY): Promise<void> {
    const record = bucket.json(key) as ReturnType<typeof recordOf>;
    await context.catalog.apply([
      { kind: 'record', key, version: await versionOf(bucket, key), record },
    ]);
  }

  async function described(): Promise<string | undefined> {
    return (await context.catalog.findClip(idOf(1)))?.description;
  }

  test('if an object is deleted and written anew with a lower revision, the catalog follows the bucket', async () => {
    const bucket = createFakeBucket();
    put(bucket, { Revision: 7, Description: 'seventh' });
    await reconcileWith(bucket);
    bucket.remove(KEY);
    put(bucket, { Revision: 1, Description: 'anew' });
    await tell(bucket);
    assert.equal(await described(), 'seventh', 'a late tell of an old revision looks the same');
    await reconcileWith(bucket);
    assert.equal(await described(), 'anew');
    assert.equal((await reconcileWith(bucket))?.read, 0);
  });

  test('if a worker tells of a newer record while a reconcile reads the old one, the newer record stays', async () => {
    const bucket = createFakeBucket();
    put(bucket, { Revision: 1, Description: 'first' });
    await reconcileWith(bucket);
    put(bucket, { Revision: 2, Description: 'second' });
    const old = { ...bucket, read: readOld };
    async function readOld(key: string) {
      const stored = await bucket.read(key);
      put(bucket, { Revision: 3, Description: 'third' });
      await tell(bucket);
      return stored;
    }
    await reconcileWith(old);
    assert.equal(await described(), 'third');
    assert.equal((await reconcileWith(bucket))?.read, 0);
  });

  test('if a worker writes an object anew while a reconcile removes the object, the new clip stays', async () => {
    const bucket = createFakeBucket();
    put(bucket, { Revision: 1 });
    await reconcileWith(bucket);
    bucket.remove(KEY);
    const late = { ...bucket, read: readNothing };
    async function readNothing(key: string) {
      const stored = await bucket.read(key);
      put(bucket, { Revision: 2, Description: 'anew' });
      await tell(bucket);
      return stored;
    }
    await reconcileWith(late);
    assert.equal(await described(), 'anew');
    assert.deepEqual(
      await context.catalog.readVersions(''),
      new Map([[KEY, await versionOf(bucket, KEY)]]),
    );
  });

  test('an object that an older Everclip could not read is read again, once', async () => {
    const bucket = createFakeBucket();
    bucket.put(KEY, 'not JSON');
    await reconcileWith(bucket);
    assert.equal((await reconcileWith(bucket))?.read, 0);
    await sql`update objects set version = replace(version, 'unreadable.1', 'unreadable.0')`.execute(
      context.db,
    );
    assert.equal((await reconcileWith(bucket))?.read, 1);
    assert.equal((await reconcileWith(bucket))?.read, 0);
  });

  test('a purged record without a revision is read as purged, and neither a worker nor a reconcile brings the clip back', async () => {
    const bucket = createFakeBucket();
    put(bucket, { Revision: 3, Description: 'LUCKY ace' });
    await reconcileWith(bucket);
    bucket.put(KEY, { Status: 'purged', Id: idOf(1), channelId: CHANNEL });
    assert.equal((await reconcileWith(bucket))?.unreadable, 0);
    assert.equal((await context.catalog.findClip(idOf(1)))?.status, 'purged');
    put(bucket, { Revision: 9, Description: 'LUCKY ace' });
    await tell(bucket);
    await reconcileWith(bucket);
    assert.equal((await context.catalog.findClip(idOf(1)))?.status, 'purged');
  });

  test('if a clip has records in two channels, the higher revision counts, and the other record returns when that one is removed', async () => {
    const bucket = createFakeBucket();
    const low = put(bucket, { Revision: 2, Description: 'low' });
    await reconcileWith(bucket);
    const high = put(bucket, { Revision: 5, Description: 'high', channelId: OTHER_CHANNEL });
    for (let times = 0; times < 3; times++) {
      await reconcileWith(bucket);
      assert.equal(await described(), 'high');
    }
    bucket.remove(high);
    await reconcileWith(bucket);
    await reconcileWith(bucket);
    assert.equal(await described(), 'low');
    assert.deepEqual([...(await context.catalog.readVersions('')).keys()], [low]);
    bucket.remove(low);
    await reconcileWith(bucket);
    assert.equal(await described(), undefined);
  });

  test('if a clip has equal records in two channels, reconciles do not move the clip to and fro', async () => {
    const bucket = createFakeBucket();
    put(bucket, {});
    await reconcileWith(bucket);
    put(bucket, { channelId: OTHER_CHANNEL });
    await reconcileWith(bucket);
    await reconcileWith(bucket);
    assert.equal((await context.catalog.findClip(idOf(1)))?.channelId, CHANNEL);
  });
});
