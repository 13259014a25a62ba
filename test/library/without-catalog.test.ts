import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tombstoneOf, type Tombstone } from '../../src/clip/forget/tombstone.ts';
import type { ClipRecord } from '../../src/clip/record.ts';
import {
  CATALOG_PAUSE_MS,
  LINK_REMEMBERED_MS,
  STALE_LINK_MS,
} from '../../src/library/redirect/find-link.ts';
import {
  LOOK_PAUSE_MS,
  LOOKED_AT_CHANNELS,
  MAX_LOOK_MS,
} from '../../src/library/redirect/records-in-bucket.ts';
import {
  MAX_DESCRIBE_MS,
  MAX_DESCRIBES,
  MAX_WAITING_DESCRIBES,
  MISS_REMEMBERED_MS,
  UNTOLD_MISS_REMEMBERED_MS,
} from '../../src/library/redirect/without-catalog.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';
import {
  aClip,
  aLibrary,
  CHANNEL_ID,
  CLIP_ID,
  clipIdAt,
  linkOf,
  MINUTE_MS,
  PUBLISHED,
  START_MS,
} from '../support/a-library.ts';
import { createGate } from '../support/gate.ts';

const VIDEO = `/c/${CLIP_ID}.mp4`;
const URL_IN_BUCKET = linkOf('bucket', START_MS + 60 * MINUTE_MS);
const URL_IN_WORKFLOW = linkOf('workflow', START_MS + 60 * MINUTE_MS);

/** A library whose catalog does not answer. */
function libraryDown(settings: Parameters<typeof aLibrary>[0] = {}) {
  const library = aLibrary({ clips: [], ...settings });
  library.catalog.fault = catalogDown();
  return library;
}

function putRecord(
  { bucket }: ReturnType<typeof aLibrary>,
  changes: Partial<ClipRecord> | Tombstone = {},
  id = CLIP_ID,
): void {
  const clip = {
    Id: id,
    channelId: CHANNEL_ID,
    guildId: null,
    Status: 'live',
    Revision: 1,
    Attempt: 1,
    Attachment_URL: URL_IN_BUCKET,
  };
  const record = changes.Status === 'purged' ? changes : { ...clip, ...changes };
  bucket.objects.set(`messages/${CHANNEL_ID}/${id}.json`, JSON.stringify(record));
}

function putChannel(
  { bucket }: ReturnType<typeof aLibrary>,
  isPublic: boolean,
  channelId = CHANNEL_ID,
): void {
  const record = { Id: channelId, Name: 'clips', Nsfw: false, Public: isPublic };
  bucket.objects.set(`channels/${channelId}.json`, JSON.stringify(record));
}

/** Returns the id of a channel that is not the clip's channel. */
function otherChannel(at: number): string {
  return `21${String(at).padStart(16, '0')}`;
}

const BUSY = () => ({ kind: 'busy', reason: 'Temporal does not answer yet' }) as const;

function workflowKnows(
  { links }: ReturnType<typeof aLibrary>,
  status: 'live' | 'deleted' = 'live',
): void {
  const clip = { channelId: CHANNEL_ID, guildId: null, url: URL_IN_WORKFLOW };
  links.description = () => ({ kind: 'clip', clip: { ...clip, status } });
}

describe('links while the catalog is unavailable', () => {
  test('a link that the catalog had a minute ago is used at once, and no workflow is asked', async () => {
    const library = aLibrary();
    const stored = (await library.get(VIDEO)).headers.get('location');
    library.catalog.fault = catalogDown();
    library.clock.nowMs += STALE_LINK_MS - 1;
    for (let reader = 0; reader < 3; reader++) {
      assert.equal((await library.get(VIDEO)).headers.get('location'), stored);
    }
    assert.equal(library.catalog.linkCalls(), 2, 'the next readers do not wait for the catalog');
    assert.deepEqual(library.links.described, []);
    workflowKnows(library);
    library.clock.nowMs += 1;
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_WORKFLOW);
  });

  test('a link that the catalog had and that has little time left is not used', async () => {
    const library = aLibrary({ clips: [aClip({ expiresAtMs: START_MS + 10 * MINUTE_MS })] });
    await library.get(VIDEO);
    library.catalog.fault = catalogDown();
    library.clock.nowMs += LINK_REMEMBERED_MS;
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_WORKFLOW);
  });

  test('the record of the clip is read first, and no workflow is asked', async () => {
    const library = libraryDown();
    putChannel(library, true);
    putRecord(library);
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    assert.deepEqual(library.bucket.reads, [`messages/${CHANNEL_ID}/${CLIP_ID}.json`]);
    assert.deepEqual(library.links.described, []);
  });

  test('a record whose link has expired is good enough to ask its workflow for a fresh link', async () => {
    const library = libraryDown();
    putChannel(library, true);
    putRecord(library, { Attachment_URL: linkOf('old', START_MS - MINUTE_MS) });
    library.links.answer = () => ({ kind: 'link', url: URL_IN_WORKFLOW, expiresAtMs: null });
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_WORKFLOW);
    assert.deepEqual(library.links.described, []);
  });

  test('if there are many channels, a few are read before the workflow is asked', async () => {
    const library = libraryDown();
    for (let at = 0; at < 40; at++) putChannel(library, true, otherChannel(at));
    putChannel(library, true);
    putRecord(library);
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_WORKFLOW);
    assert.deepEqual(library.links.described, [CLIP_ID]);
    assert.equal(library.bucket.reads.length, LOOKED_AT_CHANNELS);
  });

  test('the channels of clips that readers asked for last are read first', async () => {
    const channelIds = Array.from({ length: 40 }, (_, at) => otherChannel(at));
    const library = aLibrary({ channelIds: [CHANNEL_ID, ...channelIds] });
    await library.get(VIDEO);
    library.catalog.fault = catalogDown();
    putRecord(library);
    library.clock.nowMs += STALE_LINK_MS;
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    assert.deepEqual(library.links.described, []);
    assert.equal(library.bucket.reads[0], `messages/${CHANNEL_ID}/${CLIP_ID}.json`);
    assert.equal(library.bucket.reads.length, LOOKED_AT_CHANNELS);
    assert.deepEqual(library.bucket.lists, []);
  });

  test('a record is found although another channel cannot be read, or can never be read', async () => {
    for (const fail of [
      () => Promise.reject(new Error('no network')),
      () => new Promise<never>(() => undefined),
    ]) {
      const library = libraryDown();
      putChannel(library, true);
      putChannel(library, true, otherChannel(1));
      putRecord(library);
      const { read } = library.bucket;
      library.bucket.read = (key) => (key.includes(otherChannel(1)) ? fail() : read(key));
      library.links.description = BUSY;
      assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    }
  });

  test('a record in a listed channel is found although a known channel cannot be read', async () => {
    for (const others of [0, 40]) {
      const library = aLibrary({ channelIds: [otherChannel(99)], clips: [] });
      library.catalog.fault = catalogDown();
      for (let at = 0; at < others; at++) putChannel(library, true, otherChannel(at));
      putChannel(library, true);
      putRecord(library);
      const { read } = library.bucket;
      library.bucket.read = (key) =>
        key.includes(otherChannel(99)) ? Promise.reject(new Error('no network')) : read(key);
      library.links.description = BUSY;
      assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    }
  });

  test('if too many looks wait, later looks still begin', async () => {
    const library = libraryDown();
    putChannel(library, true);
    await library.get(`/c/${clipIdAt(50)}.mp4`);
    workflowKnows(library);
    const { read } = library.bucket;
    const { open: release, opened: released } = createGate();
    library.bucket.read = async (key) => {
      await released;
      return await read(key);
    };
    const waiting = Array.from({ length: 110 }, (_, at) =>
      library.get(`/c/${clipIdAt(at + 100)}.mp4`),
    );
    await new Promise(setImmediate);
    release();
    await Promise.all(waiting);
    putRecord(library);
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
  });

  test('a channel that is known is read even if the channels cannot be listed', async () => {
    const library = aLibrary();
    await library.get(VIDEO);
    library.catalog.fault = catalogDown();
    library.links.description = BUSY;
    putRecord(library);
    library.bucket.list = () => {
      throw new Error('no network');
    };
    library.clock.nowMs += STALE_LINK_MS;
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
  });

  test('reads that hang keep no turn, so records are found as soon as the bucket answers again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const library = libraryDown();
    putChannel(library, true);
    putRecord(library);
    const { read } = library.bucket;
    library.bucket.read = () => new Promise(() => undefined);
    library.links.description = () => ({ kind: 'unknown' });
    const waiting = Array.from({ length: 20 }, (_, at) =>
      library.get(`/c/${clipIdAt(at + 100)}.mp4`),
    );
    for (let passedMs = 0; passedMs < 10_000; passedMs += MAX_LOOK_MS) {
      await new Promise(setImmediate);
      t.mock.timers.tick(MAX_LOOK_MS);
    }
    for (const { status } of await Promise.all(waiting)) assert.equal(status, 503);
    library.bucket.read = read;
    library.clock.nowMs += LOOK_PAUSE_MS;
    library.links.description = BUSY;
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
  });

  test('after a look that failed, the bucket is left alone for a second', async () => {
    const library = libraryDown();
    putChannel(library, true);
    workflowKnows(library);
    library.bucket.fault = new Error('no network');
    for (const at of [2, 3, 4]) await library.get(`/c/${clipIdAt(at)}.mp4`);
    assert.equal(library.bucket.lists.length + library.bucket.reads.length, 1);
    library.bucket.fault = null;
    library.clock.nowMs += LOOK_PAUSE_MS;
    await library.get(`/c/${clipIdAt(5)}.mp4`);
    assert.equal(library.bucket.reads.length, 1);
  });

  test('if there is no workflow, the record is found in its channel, and no channel is read twice', async () => {
    const library = libraryDown();
    for (let at = 0; at < 40; at++) putChannel(library, true, otherChannel(at));
    putChannel(library, true);
    putRecord(library);
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    assert.deepEqual(library.links.described, [CLIP_ID]);
    assert.equal(library.bucket.reads.length, 41);
    assert.equal(new Set(library.bucket.reads).size, 41);
  });

  test('if the bucket is slow or fails, the workflow is asked', async (t) => {
    const failing = libraryDown();
    failing.bucket.fault = new Error('no network');
    workflowKnows(failing);
    assert.equal((await failing.get(VIDEO)).headers.get('location'), URL_IN_WORKFLOW);

    t.mock.timers.enable({ apis: ['setTimeout'] });
    const slow = libraryDown();
    putChannel(slow, true);
    slow.bucket.read = () => new Promise(() => undefined);
    workflowKnows(slow);
    const response = slow.get(VIDEO);
    await new Promise(setImmediate);
    t.mock.timers.tick(MAX_LOOK_MS);
    assert.equal((await response).headers.get('location'), URL_IN_WORKFLOW);
  });

  test('if Temporal does not answer or fails, the record is found in its channel', async () => {
    for (const fail of [BUSY, () => Promise.reject(new Error('broken'))]) {
      const library = libraryDown();
      putChannel(library, true);
      putRecord(library);
      library.links.description = fail;
      assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    }
  });

  test('the channels of the bucket are listed once in five minutes', async () => {
    const library = libraryDown();
    putChannel(library, true);
    for (let at = 2; at < 6; at++) await library.get(`/c/${clipIdAt(at)}.mp4`);
    assert.deepEqual(library.bucket.lists, ['channels/']);
    library.clock.nowMs += 5 * MINUTE_MS;
    await library.get(`/c/${clipIdAt(9)}.mp4`);
    assert.equal(library.bucket.lists.length, 2);
  });

  test('a channel that readers asked for earlier is searched without a record of its own', async () => {
    const library = aLibrary();
    await library.get(VIDEO);
    library.catalog.fault = catalogDown();
    putRecord(library);
    library.clock.nowMs += STALE_LINK_MS;
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
  });

  test('a clip that nobody knows is not found, and is not looked for again within a minute', async () => {
    const library = libraryDown();
    putChannel(library, true);
    for (let at = 0; at < 3; at++) assert.equal((await library.get(VIDEO)).status, 404);
    assert.equal(library.links.described.length, 1);
    assert.equal(library.bucket.reads.length, 1);
    putRecord(library);
    library.clock.nowMs += MISS_REMEMBERED_MS;
    assert.equal((await library.get(VIDEO)).status, 302);
  });

  test('if Temporal does not answer and the bucket lacks the record, the answer is 503, because a channel may be missing', async () => {
    const incomplete = aLibrary({ clips: [] });
    incomplete.catalog.state = { clips: 0, reconcile: null, isIncomplete: true };
    for (const library of [libraryDown(), incomplete]) {
      library.links.description = BUSY;
      const response = await library.get(VIDEO);
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get('retry-after')) > 0);
      workflowKnows(library);
      assert.equal((await library.get(VIDEO)).status, 302, 'the doubt is not remembered');
    }
  });

  test('if the bucket does not answer either, the answer is 503, because the clip may exist', async () => {
    const library = libraryDown();
    library.bucket.fault = new Error('no network');
    const response = await library.get(VIDEO);
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
  });

  test('an object that is not the record of this clip is not used', async () => {
    for (const changes of [
      { Id: clipIdAt(7) },
      { channelId: '200000000000000009' },
      { Status: 'unheard-of' as 'live' },
      { Attachment_URL: 'ftp://cdn.example.org/a.mp4' },
      { Attachment_URL: 5 as unknown as string },
    ]) {
      const library = libraryDown();
      putChannel(library, true);
      putRecord(library, changes);
      assert.equal((await library.get(VIDEO)).status, 404, JSON.stringify(changes));
    }
  });

  test('a clip is 410 if its record says that it was purged, even if its ended workflow still has a link', async () => {
    for (const status of [null, 'deleted'] as const) {
      const library = libraryDown();
      // The record is in none of the channels that are read before the workflow is asked.
      for (let at = 0; at < 40; at++) putChannel(library, true, otherChannel(at));
      putChannel(library, true);
      if (status !== null) workflowKnows(library, status);
      const [messageId = '', attachmentId = ''] = CLIP_ID.split('-');
      const tombstone = tombstoneOf({ messageId, attachmentId, channelId: CHANNEL_ID });
      putRecord(library, tombstone);
      assert.equal((await library.get(VIDEO)).status, 410);
      assert.deepEqual(library.links.described, [CLIP_ID]);
    }
  });

  test('the link of an ended workflow is not used if the bucket cannot say whether the clip was purged', async () => {
    const away = libraryDown();
    away.bucket.fault = new Error('no network');
    const untold = aLibrary({ clips: [] });
    untold.bucket.fault = new Error('no network');
    for (const library of [away, untold]) {
      workflowKnows(library, 'deleted');
      assert.equal((await library.get(VIDEO)).status, 503);
    }
  });

  test('a clip that the catalog has called purged stays 410 while the catalog is away', async () => {
    const library = aLibrary();
    assert.equal((await library.get(VIDEO)).status, 302);
    library.catalog.clips[0] = aClip({ status: 'purged', url: null });
    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal((await library.get(VIDEO)).status, 410);
    library.catalog.fault = catalogDown();
    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal((await library.get(VIDEO)).status, 410);
  });

  test('a clip that is missing in the catalog is not found by an older link when the catalog is away', async () => {
    const library = aLibrary();
    assert.equal((await library.get(VIDEO)).status, 302);
    library.catalog.clips.length = 0;
    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal((await library.get(VIDEO)).status, 404);
    library.catalog.fault = catalogDown();
    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal((await library.get(VIDEO)).status, 404);
  });

  test('a clip is 410 if its record was stripped', async () => {
    const library = libraryDown();
    putChannel(library, true);
    putRecord(library, { Status: 'deleted', Attachment_URL: '', Poster: '' });
    assert.equal((await library.get(VIDEO)).status, 410);
  });

  test('on a published address, the record of the channel decides who sees its clips', async () => {
    const isPublicIn = new Map<string, boolean | null>([
      ['the record says so', true],
      ['the record denies it', false],
      ['there is no record', null],
    ]);
    for (const [what, isPublic] of isPublicIn) {
      const library = libraryDown({ settings: PUBLISHED });
      if (isPublic !== null) putChannel(library, isPublic);
      workflowKnows(library);
      for (let at = 0; at < 2; at++) {
        assert.equal((await library.get(VIDEO)).status, isPublic === true ? 302 : 404, what);
      }
      const channelReads = library.bucket.reads.filter((key) => key.startsWith('channels/'));
      assert.deepEqual(channelReads, [`channels/${CHANNEL_ID}.json`], 'read once');
    }
  });

  test('on a published address, a hidden clip gets the same answers as an unknown clip, whatever is away', async () => {
    type Library = ReturnType<typeof aLibrary>;
    const faults: Record<string, (library: Library) => void> = {
      nothing: () => undefined,
      Temporal: ({ links }) => (links.description = BUSY),
      bucket: ({ bucket }) => (bucket.fault = new Error('no network')),
    };
    const unknown = clipIdAt(9);
    for (const wasSeen of [true, false]) {
      for (const [first, fail] of Object.entries(faults)) {
        for (const [then, failThen] of Object.entries(faults)) {
          const library = aLibrary({
            settings: PUBLISHED,
            clips: wasSeen ? [aClip({ isPublic: false })] : [],
          });
          putChannel(library, false);
          putRecord(library);
          const ask = async () => [
            (await library.get(VIDEO)).status,
            (await library.get(`/c/${unknown}.mp4`)).status,
          ];
          if (wasSeen) await ask();
          library.catalog.fault = catalogDown();
          library.clock.nowMs += LINK_REMEMBERED_MS;
          for (const [what, begin] of [
            [first, fail],
            [then, failThen],
          ] as const) {
            begin(library);
            const [hidden, missing] = await ask();
            assert.equal(hidden, missing, `${wasSeen}: ${first}, ${then}: away is ${what}`);
            library.clock.nowMs += UNTOLD_MISS_REMEMBERED_MS + 1000;
          }
        }
      }
    }
  });

  test('channels in LIBRARY_CHANNEL_IDS are shown without a record', async () => {
    const library = libraryDown({ settings: { ...PUBLISHED, channelIds: [CHANNEL_ID] } });
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).status, 302);
  });

  test('while the catalog lacks clips, a clip that it does not know is found in the bucket too, and its page says why', async () => {
    const library = aLibrary({ clips: [] });
    putChannel(library, true);
    putRecord(library);
    library.catalog.state = { clips: 0, reconcile: { done: 3, total: 9 }, isIncomplete: true };
    assert.equal((await library.get(VIDEO)).headers.get('location'), URL_IN_BUCKET);
    const page = await library.get(`/c/${CLIP_ID}`);
    assert.equal(page.status, 503);
    assert.equal(page.headers.get('retry-after'), '30');
    assert.match(await page.text(), /The library is being rebuilt: 3 of about 9 clips/);

    const complete = aLibrary({ clips: [] });
    assert.equal((await complete.get(`/c/${CLIP_ID}`)).status, 404);
  });

  test('a catalog that fails in any way counts as unavailable', async () => {
    const library = libraryDown();
    library.catalog.fault = new TypeError('bug');
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).status, 302);
    assert.equal(library.logged.length, 1);
  });

  test('a catalog that does not answer within two seconds counts as unavailable', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const library = libraryDown();
    library.catalog.findLink = () => new Promise(() => undefined);
    workflowKnows(library);
    const response = library.get(VIDEO);
    await new Promise(setImmediate);
    t.mock.timers.tick(2000);
    assert.equal((await response).status, 302);
  });

  test('while the catalog hangs, one reader at a time waits for it, and the others do not', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const library = libraryDown();
    const { findLink } = library.catalog;
    let asked = 0;
    library.catalog.findLink = () => {
      asked++;
      return new Promise(() => undefined);
    };
    putChannel(library, true);
    for (let at = 10; at < 30; at++) putRecord(library, {}, clipIdAt(at));
    const statusAt = async (at: number) => (await library.get(`/c/${clipIdAt(at)}.mp4`)).status;

    const first = [statusAt(10), statusAt(11)];
    await new Promise(setImmediate);
    t.mock.timers.tick(2000);
    assert.deepEqual(await Promise.all(first), [302, 302]);
    assert.equal(await statusAt(12), 302, 'nobody waits during the pause');
    assert.equal(asked, 2);

    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal(await statusAt(12), 302, 'a reader with a link at hand does not wait');
    assert.equal(asked, 3);
    t.mock.timers.tick(2000);
    await new Promise(setImmediate);

    library.clock.nowMs += CATALOG_PAUSE_MS;
    const trial = statusAt(13);
    assert.deepEqual(await Promise.all([statusAt(14), statusAt(15)]), [302, 302]);
    assert.equal(asked, 4);
    t.mock.timers.tick(2000);
    assert.equal(await trial, 302);

    library.catalog.findLink = findLink;
    library.catalog.fault = null;
    library.clock.nowMs += CATALOG_PAUSE_MS;
    const calls = library.catalog.linkCalls();
    for (const at of [16, 17, 18]) await statusAt(at);
    assert.equal(library.catalog.linkCalls(), calls + 3, 'a catalog that answers is asked again');
  });
});

test('a call of the catalog that fails after a newer call has succeeded does not stop other calls', async () => {
  const clips = [CLIP_ID, clipIdAt(2), clipIdAt(3)].map((id) => aClip({ id }));
  const library = aLibrary({ clips });
  const { findLink } = library.catalog;
  let fail: (error: Error) => void = () => undefined;
  library.catalog.findLink = () => new Promise((_, reject) => (fail = reject));
  const slow = library.get(VIDEO);
  await new Promise(setImmediate);
  library.catalog.findLink = findLink;
  await library.get(`/c/${clipIdAt(2)}.mp4`);
  fail(new Error('the connection broke off'));
  await slow;
  const calls = library.catalog.linkCalls();
  assert.equal((await library.get(`/c/${clipIdAt(3)}.mp4`)).status, 302);
  assert.equal(library.catalog.linkCalls(), calls + 1);
});

describe('a clip that a complete catalog lacks', () => {
  test('is found by its workflow, so that a link posted a moment after its clip works', async () => {
    const library = aLibrary();
    library.catalog.clips.length = 0;
    workflowKnows(library);
    const answer = await library.get(VIDEO);
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, URL_IN_WORKFLOW]);
    assert.deepEqual(library.bucket.reads, []);
  });

  test('is not found if Temporal does not know it, and Temporal is asked once in five seconds', async () => {
    const library = aLibrary();
    library.catalog.clips.length = 0;
    putRecord(library);
    for (const expected of [1, 1]) {
      assert.equal((await library.get(VIDEO)).status, 404);
      assert.equal(library.links.described.length, expected);
    }
    library.clock.nowMs += UNTOLD_MISS_REMEMBERED_MS;
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).status, 302);
    assert.deepEqual(library.bucket.reads, []);
  });

  test('is 503 while Temporal does not answer, and is found as soon as Temporal answers', async () => {
    const library = aLibrary({ clips: [] });
    library.links.description = BUSY;
    const response = await library.get(VIDEO);
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).status, 302);
  });

  test('has a page that is 503 for a few seconds, so that crawlers try again, and 410 if the clip was deleted', async () => {
    const library = aLibrary({ clips: [], settings: PUBLISHED });
    putChannel(library, true);
    workflowKnows(library);
    for (const path of [`/c/${CLIP_ID}`, `/embed/${CLIP_ID}`, `/c/${CLIP_ID}/poster.jpg`]) {
      const answer = await library.get(path);
      assert.equal(answer.status, 503, path);
      assert.equal(answer.headers.get('retry-after'), '5', path);
    }
    workflowKnows(library, 'deleted');
    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal((await library.get(`/c/${CLIP_ID}`)).status, 410);

    const hidden = aLibrary({ clips: [], settings: PUBLISHED });
    putChannel(hidden, false);
    workflowKnows(hidden);
    assert.equal((await hidden.get(`/c/${CLIP_ID}`)).status, 404);
  });

  test('is 503 at once if too many clips are being looked for, and after two seconds without an answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const library = aLibrary({ clips: [] });
    library.links.description = () => new Promise(() => undefined);
    const waiting = Array.from({ length: MAX_DESCRIBES + MAX_WAITING_DESCRIBES }, (_, at) =>
      library.get(`/c/${clipIdAt(at + 100)}.mp4`),
    );
    await new Promise(setImmediate);
    assert.equal(library.links.described.length, MAX_DESCRIBES);
    assert.equal((await library.get(VIDEO)).status, 503);
    t.mock.timers.tick(MAX_DESCRIBE_MS);
    for (const { status } of await Promise.all(waiting)) assert.equal(status, 503);
    workflowKnows(library);
    assert.equal((await library.get(VIDEO)).status, 302, 'no turn is kept');
  });

  test('is shown on a published address only if the record of its channel says that the channel is public', async () => {
    for (const isPublic of [true, false]) {
      const library = aLibrary({ settings: PUBLISHED });
      library.catalog.clips.length = 0;
      workflowKnows(library);
      putChannel(library, isPublic);
      assert.equal((await library.get(VIDEO)).status, isPublic ? 302 : 404);
    }
  });
});
