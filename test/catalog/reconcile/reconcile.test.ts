import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ListedObject } from '../../../src/activities/ports.ts';
import { CatalogUnavailable } from '../../../src/catalog/catalog.ts';
import { comparePrefix } from '../../../src/catalog/reconcile/compare-prefix.ts';
import { TaskPool } from '../../../src/catalog/reconcile/pool.ts';
import { CONCURRENT_READS, reconcile } from '../../../src/catalog/reconcile/reconcile.ts';
import { serviceFailed } from '../../../src/errors.ts';
import { createFakeBucket } from '../../support/fakes/bucket.ts';
import { aRecord, stage } from './stage.ts';

const CHANNEL = { Id: '1196521684992000000', Name: 'overtime', Nsfw: false, Public: true };
const CHANNEL_KEY = 'channels/1196521684992000000.json';
const USER = { Name: '_juno', Display_Name: 'Juno', Url: 'https://cdn.discordapp.com/a.png' };
const USER_KEY = 'userData/356003082141696426.json';

const refused = (): Error => Object.assign(new Error('value too long'), { code: '54000' });

describe('reconcile', () => {
  test('an empty catalog gets every record, channel and user of the bucket, with names before clips', async (t) => {
    const { parts, put, putRecord, rows, batches } = await stage(t);
    await put(CHANNEL_KEY, CHANNEL);
    await put(USER_KEY, { ...USER, Id: 'something else' });
    for (let n = 0; n < 5; n++) await putRecord(n, n % 2);
    const summary = await reconcile(parts);
    assert.deepEqual(summary, { listed: 7, read: 7, unreadable: 0, removed: 0 });
    assert.deepEqual(
      batches.flat().map(({ kind }) => kind),
      ['channel', 'user', 'record', 'record', 'record', 'record', 'record'],
    );
    const listed = new Map<string, string>();
    for await (const object of parts.bucket.list('')) listed.set(object.key, object.version);
    assert.deepEqual(new Map([...rows].map(([key, { version }]) => [key, version])), listed);
    const { key, record } = aRecord(3, 1);
    assert.deepEqual(rows.get(key), {
      kind: 'record',
      key,
      version: listed.get(key),
      record,
      replaces: null,
    });
    const user = rows.get(USER_KEY);
    assert.ok(user?.kind === 'user');
    assert.deepEqual(user.user, { ...USER, Id: '356003082141696426' });
  });

  test('only objects that are new or changed are read', async (t) => {
    const { parts, put, putRecord, forget, reads, batches } = await stage(t);
    await put(CHANNEL_KEY, CHANNEL);
    for (let n = 0; n < 20; n++) await putRecord(n);
    await reconcile(parts);
    forget();
    assert.deepEqual(await reconcile(parts), { listed: 21, read: 0, unreadable: 0, removed: 0 });
    assert.deepEqual([reads, batches], [[], []]);
    await putRecord(7, 0, 2);
    await putRecord(30);
    await reconcile(parts);
    assert.deepEqual(reads.sort(), [aRecord(7).key, aRecord(30).key]);
  });

  test('an object that is not what its key says is named in the log, kept as unreadable, and not read again', async (t) => {
    const { parts, put, forget, reads, rows, lines } = await stage(t);
    const { key } = aRecord(1);
    await put(key, 'not JSON');
    await put(CHANNEL_KEY, '{"Id":1}');
    await put(USER_KEY, 'null');
    assert.equal((await reconcile(parts))?.unreadable, 3);
    for (const each of [key, CHANNEL_KEY, USER_KEY]) {
      assert.equal(rows.get(each)?.kind, 'unreadable');
      assert.ok(lines.includes(`left out ${each}, which is not what its name says`), each);
    }
    forget();
    await reconcile(parts);
    assert.deepEqual([reads, lines], [[], []]);
  });

  test('avatars and files that no object of Everclip can be are not read', async (t) => {
    const { parts, put, reads, folder } = await stage(t);
    await put('userData/356003082141696426.png', 'a picture');
    await put('messages/notes.txt', 'mine');
    await mkdir(join(folder, 'messages/1/old'), { recursive: true });
    await writeFile(join(folder, 'messages/1/old/2.json'), '{}');
    assert.equal((await reconcile(parts))?.listed, 0);
    assert.deepEqual(reads, []);
  });

  test('rows of objects that are gone are removed, even if the whole folder of a channel is gone', async (t) => {
    const { parts, put, putRecord, remove, rows } = await stage(t);
    for (let n = 0; n < 6; n++) await putRecord(n, n % 2);
    await reconcile(parts);
    await remove(aRecord(0).key);
    await remove(aRecord(1, 1).key.replace(/[^/]+$/, ''));
    assert.equal((await reconcile(parts))?.removed, 4);
    assert.deepEqual([...rows.keys()].sort(), [aRecord(2).key, aRecord(4).key]);
    await put(CHANNEL_KEY, CHANNEL);
    await remove(aRecord(2).key.replace(/[^/]+$/, ''));
    assert.equal((await reconcile(parts))?.removed, 2);
    assert.deepEqual([...rows.keys()], [CHANNEL_KEY]);
  });

  test('if the folder of the bucket disappears, or its content, the reconcile fails and every row stays', async (t) => {
    for (const hasMountPoint of [false, true]) {
      const { parts, putRecord, rows, folder, outcomes } = await stage(t);
      for (let n = 0; n < 3; n++) await putRecord(n, n);
      await reconcile(parts);
      await rename(folder, `${folder}.away`);
      t.after(() => rm(`${folder}.away`, { recursive: true, force: true }));
      if (hasMountPoint) await mkdir(folder);
      await assert.rejects(reconcile(parts), /bucket folder .* is gone or empty: mount its disk/);
      assert.equal(rows.size, 3);
      await rm(folder, { recursive: true, force: true });
      await rename(`${folder}.away`, folder);
      assert.equal((await reconcile(parts))?.removed, 0);
      assert.deepEqual(outcomes, ['complete', 'failed', 'complete']);
    }
  });

  test('if the bucket is empty and the catalog is not, the reconcile fails; if both are empty, it completes', async (t) => {
    const bucket = createFakeBucket();
    const { parts, rows } = await stage(t, bucket);
    assert.equal((await reconcile(parts))?.listed, 0);
    const { key, record } = aRecord(1);
    bucket.put(key, record);
    await reconcile(parts);
    bucket.remove(key);
    await assert.rejects(reconcile(parts), /the bucket has no object .* check BUCKET_NAME/);
    assert.deepEqual([...rows.keys()], [key]);
  });

  test('if 150,000 objects of a folder are missing, each of them is checked', async () => {
    const versions = Array.from({ length: 150_000 }, (_, n): [string, string] => [`${n}`, '1']);
    const folders = ['messages/1/', 'messages/2/', 'messages/3/'];
    const parts = {
      ...{ pool: new TaskPool(1), batches: { flush: () => Promise.resolve() } },
      ...{ catalog: { readVersions: () => Promise.resolve(new Map(versions)) } },
      ...{ store: { readFolders: () => Promise.resolve(folders) }, bucket: { list: twoFolders } },
      ...{ summary: { listed: 0 }, signal: new AbortController().signal, onDone: () => undefined },
    };
    async function* twoFolders(): AsyncGenerator<ListedObject> {
      for (const folder of folders.slice(0, 2)) {
        await Promise.resolve();
        yield { key: `${folder}new.json`, version: '1' };
      }
    }
    Object.assign(parts.pool, { start: () => Promise.resolve() });
    const missing: [string, string][] = [];
    await comparePrefix(parts as never, 'messages/', missing);
    assert.equal(missing.length, 3 * versions.length);
  });

  test('a row stays if the list leaves its object out but a read finds the object', async (t) => {
    const { parts, putRecord, rows } = await stage(t);
    for (let n = 0; n < 3; n++) await putRecord(n, n);
    await reconcile(parts);
    const bucket = { ...parts.bucket, list: () => emptyList() };
    assert.equal((await reconcile({ ...parts, bucket }))?.removed, 0);
    assert.equal(rows.size, 3);
  });

  test('if the bucket lists its objects in a mixed order, the result is the same', async (t) => {
    const { parts, putRecord, remove, reads, rows, forget } = await stage(t);
    for (let n = 0; n < 9; n++) await putRecord(n, n % 3);
    await reconcile(parts);
    await remove(aRecord(4, 1).key);
    forget();
    const bucket = { ...parts.bucket, list: mixed };
    async function* mixed(prefix: string): AsyncGenerator<ListedObject> {
      const objects: ListedObject[] = [];
      for await (const object of parts.bucket.list(prefix)) objects.push(object);
      yield* objects.sort((a, b) => (a.key.slice(-8) < b.key.slice(-8) ? -1 : 1));
    }
    assert.deepEqual(await reconcile({ ...parts, bucket }), {
      listed: 8,
      read: 0,
      unreadable: 0,
      removed: 1,
    });
    assert.equal(rows.size, 8);
    assert.ok(reads.includes(aRecord(4, 1).key), 'the absence was confirmed');
  });

  test('if a read fails in the middle, what was read is kept, nothing is removed, and the next run reads only the rest', async (t) => {
    const { parts, fake, putRecord, remove, beforeRead, reads, rows, outcomes, forget } =
      await stage(t);
    await putRecord(999, 9);
    await reconcile(parts);
    await remove(aRecord(999, 9).key);
    for (let n = 0; n < 60; n++) await putRecord(n);
    const nothing = (): void => undefined;
    beforeRead.add(...Array.from({ length: 40 }, () => nothing), serviceFailed('the disk is gone'));
    await assert.rejects(reconcile(parts), /the disk is gone/);
    const kept = rows.size;
    assert.ok(kept >= 40, `${kept} rows are kept`);
    assert.ok(rows.has(aRecord(999, 9).key), 'nothing was removed');
    assert.deepEqual(outcomes, ['complete', 'failed']);
    assert.equal(fake.owner, null, 'the claim has ended');
    forget();
    assert.equal((await reconcile(parts))?.removed, 1);
    assert.equal(rows.size, 60);
    assert.equal(reads.length, 60 - (kept - 1) + 1);
  });

  test('if a list fails in the middle, nothing is removed', async (t) => {
    const { parts, putRecord, rows } = await stage(t);
    for (let n = 0; n < 4; n++) await putRecord(n);
    await reconcile(parts);
    const bucket = { ...parts.bucket, list: broken };
    async function* broken(prefix: string): AsyncGenerator<ListedObject> {
      for await (const object of parts.bucket.list(prefix)) {
        yield object;
        throw serviceFailed('the bucket is away');
      }
    }
    await assert.rejects(reconcile({ ...parts, bucket }), /the bucket is away/);
    assert.equal(rows.size, 4);
  });

  test('if the bucket fails while an absence is confirmed, nothing is removed', async (t) => {
    const { parts, putRecord, remove, rows, beforeRead } = await stage(t);
    await putRecord(1);
    await reconcile(parts);
    await remove(aRecord(1).key);
    beforeRead.add(serviceFailed('the bucket is away'));
    await assert.rejects(reconcile(parts), /the bucket is away/);
    assert.equal(rows.size, 1);
  });

  test('at most 16 objects are read at once, and at most 500 changes are applied at once', async (t) => {
    const memory = createFakeBucket();
    const { parts, running, batches, versionReads } = await stage(t, memory);
    const records = Array.from({ length: 700 }, (_, n) => aRecord(n, Number(n >= 350)));
    for (const { key, record } of records) memory.put(key, record);
    const wait = () => new Promise<void>((resolve) => setImmediate(resolve));
    memory.beforeRead.add(...records.map(() => wait));
    await reconcile(parts);
    assert.equal(running.most, CONCURRENT_READS);
    const sizes = batches.map(({ length }) => length);
    assert.equal(Math.max(...sizes), 500);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      700,
    );
    const folders = [0, 1].map((channel) => aRecord(0, channel).key.replace(/[^/]+$/, ''));
    assert.deepEqual(versionReads.sort(), folders, 'one channel is in memory at a time');
  });

  test('a change that the database refuses is kept as unreadable, and all other changes are applied', async (t) => {
    const { parts, putRecord, rows, fake } = await stage(t);
    for (let n = 0; n < 30; n++) await putRecord(n);
    const bad = aRecord(13).key;
    const catalog = {
      ...parts.catalog,
      apply: async (changes: Parameters<typeof parts.catalog.apply>[0]) => {
        if (changes.some(({ key, kind }) => key === bad && kind === 'record')) throw refused();
        await fake.catalog.apply(changes);
      },
    };
    assert.equal((await reconcile({ ...parts, catalog }))?.unreadable, 1);
    assert.equal(rows.size, 30);
    assert.equal(rows.get(bad)?.kind, 'unreadable');
    assert.equal(rows.get(aRecord(12).key)?.kind, 'record');
  });

  test('if the database does not answer, the reconcile fails, and the next one completes the catalog', async (t) => {
    const { parts, putRecord, rows, beforeApply, outcomes } = await stage(t);
    for (let n = 0; n < 5; n++) await putRecord(n);
    beforeApply.add(new CatalogUnavailable('the database does not answer'));
    await assert.rejects(reconcile(parts), CatalogUnavailable);
    assert.deepEqual(outcomes, ['failed']);
    await reconcile(parts);
    assert.equal(rows.size, 5);
  });

  test('while another reconcile runs, a reconcile returns null and reads nothing', async (t) => {
    const { parts, fake, putRecord, reads, outcomes } = await stage(t);
    await putRecord(1);
    fake.owner = 'another process';
    assert.equal(await reconcile(parts), null);
    assert.deepEqual([reads, outcomes], [[], []]);
    assert.equal(fake.owner, 'another process');
  });

  test('progress counts clips; the total of a new catalog is counted in the bucket, later it is what the catalog has', async (t) => {
    const { parts, put, putRecord } = await stage(t);
    const seen: object[] = [];
    const onProgress = (progress: object): void => void seen.push(progress);
    await put(CHANNEL_KEY, CHANNEL);
    for (let n = 0; n < 5; n++) await putRecord(n);
    await reconcile(parts, { onProgress });
    assert.deepEqual(seen.at(-1), { done: 5, total: 5 });
    await putRecord(6);
    let lists = 0;
    const bucket = {
      ...parts.bucket,
      list: (prefix: string) => {
        lists += 1;
        return parts.bucket.list(prefix);
      },
    };
    await reconcile({ ...parts, bucket }, { onProgress });
    assert.deepEqual(seen.at(-1), { done: 6, total: 6 });
    assert.equal(lists, 3, 'the bucket is listed once');
  });

  test('a reconcile reports every two seconds, and stops if another reconcile has taken over', async (t) => {
    const { parts, fake, putRecord, beforeRead, reports, rows } = await stage(t);
    for (let n = 0; n < 40; n++) await putRecord(n);
    t.mock.timers.enable({ apis: ['setInterval'] });
    beforeRead.add(async () => {
      t.mock.timers.tick(2000);
      await new Promise(setImmediate);
      assert.equal(reports.length, 1);
      fake.owner = 'another process';
      t.mock.timers.tick(2000);
      await new Promise(setImmediate);
    });
    await assert.rejects(reconcile(parts), /another reconcile has taken over/);
    assert.equal(fake.owner, 'another process');
    assert.ok(rows.size < 40);
  });

  test('a reconcile that is told to stop keeps what was read and ends its claim', async (t) => {
    const { parts, fake, putRecord, beforeRead, rows } = await stage(t);
    for (let n = 0; n < 60; n++) await putRecord(n);
    const stopping = new AbortController();
    const nothing = (): void => undefined;
    beforeRead.add(...Array.from({ length: 20 }, () => nothing), () => {
      stopping.abort();
    });
    await assert.rejects(reconcile(parts, { signal: stopping.signal }), { name: 'AbortError' });
    assert.ok(rows.size >= 20 && rows.size < 60, `${rows.size} rows are kept`);
    assert.equal(fake.owner, null);
  });
});

async function* emptyList(): AsyncGenerator<ListedObject> {}
