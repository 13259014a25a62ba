import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createReconcileStore } from '../../../src/catalog/reconcile/database-store.ts';
import { reconcile } from '../../../src/catalog/reconcile/reconcile.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { createFakeBucket, type FakeBucket } from '../../support/fakes/bucket.ts';
import { CHANNEL, channelChange, idOf, keyOf, recordOf, userChange } from '../changes.ts';
import type { CatalogChange } from '../../../src/catalog/catalog.ts';
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
    bucket.put('channels/1.json', 'an object that stays');
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
      await context.catalog.readVersions('messages/'),
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
    bucket.put('channels/1.json', 'an object that stays');
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
    assert.deepEqual([...(await context.catalog.readVersions('messages/')).keys()], [low]);
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

  /** The content of a channel's record and of user data, in the version of the given order. */
  const NAMES = {
    channel: (order: number, name: string): NameChange => {
      const change = channelChange(CHANNEL, name, { Public: name === 'public' }) as NameChange;
      if (change.kind === 'channel') change.channel.Revision = order;
      return change;
    },
    user: (order: number, name: string): NameChange => {
      const change = userChange('356003082141696426', name) as NameChange;
      if (change.kind === 'user') change.user.As_Of = order;
      return change;
    },
  };
  type NameChange = Extract<CatalogChange, { kind: 'channel' | 'user' }>;

  /** Puts the object into the bucket, and returns what a worker tells of it. */
  async function putName(bucket: FakeBucket, change: NameChange): Promise<NameChange> {
    bucket.put(change.key, change.kind === 'channel' ? change.channel : change.user);
    return { ...change, version: await versionOf(bucket, change.key) };
  }

  async function namesInCatalog(): Promise<unknown[]> {
    const { rows } = await sql<{ name: string }>`
      select name from channels where is_public = (name = 'public')
      union all select username from posters`.execute(context.db);
    return rows.map(({ name }) => name);
  }

  for (const [kind, make] of Object.entries(NAMES)) {
    test(`if a worker tells of a newer ${kind} while a reconcile reads the old one, the newer one stays`, async () => {
      for (const known of [false, true]) {
        const bucket = createFakeBucket();
        await putName(bucket, make(1, 'first'));
        if (known) await reconcileWith(bucket);
        await putName(bucket, make(2, 'public'));
        const late = { ...bucket, read: readOld };
        async function readOld(key: string) {
          const stored = await bucket.read(key);
          await context.catalog.apply([await putName(bucket, make(3, 'private'))]);
          return stored;
        }
        await reconcileWith(late);
        assert.deepEqual(await namesInCatalog(), ['private']);
        assert.equal((await reconcileWith(bucket))?.read, 0, 'the version is the newer one');
        await context.catalog.apply([{ kind: 'removed', key: make(1, '').key }]);
      }
    });

    test(`if a worker tells of an older ${kind} after another worker told of a newer one, the newer one stays`, async () => {
      const bucket = createFakeBucket();
      const older = await putName(bucket, make(2, 'public'));
      const newer = await putName(bucket, make(3, 'private'));
      await context.catalog.apply([newer]);
      await context.catalog.apply([older]);
      assert.deepEqual(await namesInCatalog(), ['private']);
      assert.equal((await reconcileWith(bucket))?.read, 0, 'the version is the newer one');
      await context.catalog.apply([{ kind: 'removed', key: older.key }]);
      await context.catalog.apply([newer, older]);
      assert.deepEqual(await namesInCatalog(), ['private'], 'both in one batch');
    });

    test(`if the bucket comes from a backup, a reconcile replaces a newer ${kind} by the older one, once`, async () => {
      const bucket = createFakeBucket();
      await putName(bucket, make(7, 'private'));
      await reconcileWith(bucket);
      await putName(bucket, make(2, 'public'));
      await reconcileWith(bucket);
      assert.deepEqual(await namesInCatalog(), ['public']);
      assert.equal((await reconcileWith(bucket))?.read, 0);
    });
  }
});
