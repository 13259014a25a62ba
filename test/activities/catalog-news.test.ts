import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import { recordKey } from '../../src/clip/clip.ts';
import { recordOf } from '../../src/clip/record.ts';
import { aMessage } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { aState, attempt } from './run-activity.ts';

const KEY = recordKey(aState().clip);
const CHANNEL_NEWS = 'channel';

/** What the catalog was told, without channels, which are saved in the background. */
const newsOf = ({ news }: FakePorts) => news.filter(({ kind }) => kind !== CHANNEL_NEWS);

async function versionOf({ bucket }: FakePorts, key: string): Promise<string | undefined> {
  for await (const object of bucket.list(key)) return object.version;
  return undefined;
}

describe('what the catalog learns of a write', () => {
  test('each record that persist writes is told with its key and the version that a list returns', async () => {
    const ports = createFakePorts();
    const { persist } = createActivities(ports);
    for (const [revision, adopt] of [
      [1, true],
      [2, false],
    ] as const) {
      await attempt(persist, { state: aState({ revision }), adopt, earlierAttempts: 0 });
      const version = await versionOf(ports, KEY);
      const record = ports.bucket.json(KEY);
      assert.deepEqual(newsOf(ports).at(-1), { kind: 'record', key: KEY, version, record });
    }
    assert.equal(newsOf(ports).length, 2);
  });

  test('if a worker was killed after its write and before it told the catalog, the retry tells the catalog', async () => {
    const deleted = aState({ status: 'deleted', revision: 2 });
    for (const { state, adopt, earlierAttempts } of [
      { state: aState(), adopt: true, earlierAttempts: 0 },
      // The attempts of the next worker count from 1 again.
      { state: deleted, adopt: false, earlierAttempts: 2 },
    ]) {
      const killed = createFakePorts();
      await attempt(createActivities(killed).persist, { state, adopt, earlierAttempts });
      const ports = { ...createFakePorts(), bucket: killed.bucket };
      const input = { state, adopt, earlierAttempts: 0 };
      await attempt(createActivities(ports).persist, input);
      assert.equal(
        killed.bucket.writes.filter(({ isDone }) => isDone).length,
        1,
        'no second write',
      );
      const version = await versionOf(ports, KEY);
      const record = ports.bucket.json(KEY);
      assert.deepEqual(newsOf(ports), [{ kind: 'record', key: KEY, version, record }]);
    }
  });

  test('if the bucket has a higher revision, the catalog is told of the stored record', async () => {
    const ports = createFakePorts();
    ports.discord.post(aMessage());
    const stored = recordOf(aState({ revision: 7 }), 1);
    ports.bucket.put(KEY, stored);
    const { persist, refetch } = createActivities(ports);
    await attempt(persist, { state: aState(), adopt: false, earlierAttempts: 0 });
    await attempt(refetch, { state: aState({ revision: 2 }), adopt: false });
    await attempt(refetch, { state: aState(), adopt: true });
    const told = { kind: 'record', key: KEY, version: await versionOf(ports, KEY), record: stored };
    assert.deepEqual(newsOf(ports), [told, told, told]);
  });

  test('an attempt that must be repeated tells nothing', async () => {
    const ports = createFakePorts();
    ports.bucket.put(KEY, recordOf(aState({ status: 'deleted' }), 5));
    const { persist } = createActivities(ports);
    await assert.rejects(attempt(persist, { state: aState(), adopt: false, earlierAttempts: 0 }));
    assert.deepEqual(newsOf(ports), []);
  });

  test('the record with a fresh link is told', async () => {
    const ports = createFakePorts();
    ports.discord.post(aMessage());
    const { refetch } = createActivities(ports);
    const { url } = await attempt(refetch, { state: aState({ revision: 2 }), adopt: false });
    const [told] = newsOf(ports);
    assert.ok(told?.kind === 'record');
    assert.equal(told.record.Attachment_URL, url);
    assert.equal(told.version, await versionOf(ports, KEY));
  });

  test('user data are told after their write, and again only after another write', async () => {
    const ports = createFakePorts();
    const { poster } = aState().clip;
    const key = `userData/${poster.id}.json`;
    for (const displayName of [poster.displayName, poster.displayName, 'Renamed']) {
      await attempt(createActivities(ports).saveUser, { poster: { ...poster, displayName } });
    }
    const told = newsOf(ports);
    assert.deepEqual(
      told.map((news) => [news.kind, news.key]),
      [
        ['user', key],
        ['user', key],
      ],
    );
    const last = told.at(-1);
    assert.ok(last?.kind === 'user');
    assert.deepEqual(last.user, ports.bucket.json(key));
    assert.equal(last.version, await versionOf(ports, key));
  });

  test('pictures are not told', async () => {
    const ports = createFakePorts();
    const { messageId, attachmentId, url } = aState().clip;
    await attempt(createActivities(ports).thumbnail, { messageId, attachmentId, url });
    assert.ok(ports.bucket.writes.length > 0);
    assert.deepEqual(ports.news, []);
  });
});
