import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CatalogStatus } from '../../src/catalog/catalog.ts';
import { LINK_REMEMBERED_MS } from '../../src/library/redirect/find-link.ts';
import { MAX_WAIT_WITH_LINK_MS } from '../../src/library/redirect/resolve-link.ts';
import {
  aClip,
  aLibrary,
  CDN,
  CLIP_ID,
  clipIdAt,
  linkOf,
  MINUTE_MS,
  PUBLISHED,
  START_MS,
} from '../support/a-library.ts';

const VIDEO = `/c/${CLIP_ID}.mp4`;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A clip whose link is valid for another `leftMs` of a lease of a day. */
function clipWithTime(leftMs: number, status: CatalogStatus = 'live', leaseMs = DAY_MS) {
  const expiresAtMs = START_MS + leftMs;
  const issuedAtMs = expiresAtMs - leaseMs;
  return aClip({ status, expiresAtMs, issuedAtMs, url: linkOf('stored', expiresAtMs, issuedAtMs) });
}

const FRESH = linkOf('fresh', START_MS + DAY_MS, START_MS);
const freshAnswer = { kind: 'link', url: FRESH, expiresAtMs: START_MS + DAY_MS } as const;

function locationOf(response: Response): string {
  return response.headers.get('location') ?? '';
}

describe('the redirect to a video', () => {
  test('a purged clip answers 410 even if its link has time left', async () => {
    const library = aLibrary({ clips: [clipWithTime(60 * MINUTE_MS, 'purged')] });
    const response = await library.get(VIDEO);
    assert.equal(response.status, 410);
    assert.equal(locationOf(response), '');
    assert.deepEqual(library.outcomes, ['gone']);
  });

  test('a link with ten minutes left is the only hop, is not stored, and costs no call to a workflow', async () => {
    const library = aLibrary({ clips: [clipWithTime(10 * MINUTE_MS)] });
    for (const method of ['GET', 'HEAD']) {
      const response = await library.get(VIDEO, { method });
      assert.equal(response.status, 302);
      assert.match(
        locationOf(response),
        /^https:\/\/cdn\.example\.org\/attachments\/1\/2\/stored\.mp4\?ex=/,
      );
      assert.equal(response.headers.get('cache-control'), 'no-store');
    }
    assert.deepEqual(library.links.asked, []);
    assert.deepEqual(library.outcomes, ['stored', 'stored']);
  });

  test('a link with less than ten minutes left is replaced by a fresh link, which is then remembered', async () => {
    const library = aLibrary({ clips: [clipWithTime(10 * MINUTE_MS - 1)] });
    library.links.answer = () => freshAnswer;
    assert.equal(locationOf(await library.get(VIDEO)), FRESH);
    assert.equal(locationOf(await library.get(VIDEO)), FRESH);
    assert.deepEqual(library.links.asked, [{ clipId: CLIP_ID, minMinutes: 10 }]);
    assert.deepEqual(library.outcomes, ['fresh', 'stored']);
  });

  test('if Discord has no better link than a short one, readers of the next five seconds share it', async () => {
    const library = aLibrary({ clips: [clipWithTime(-1)] });
    const expiresAtMs = START_MS + 2 * MINUTE_MS;
    const url = linkOf('short', expiresAtMs);
    library.links.answer = () => ({ kind: 'link', url, expiresAtMs });
    for (let at = 0; at < 3; at++) assert.equal(locationOf(await library.get(VIDEO)), url);
    assert.equal(library.links.asked.length, 1);
    library.clock.nowMs += LINK_REMEMBERED_MS;
    assert.equal(locationOf(await library.get(VIDEO)), url);
    assert.equal(library.links.asked.length, 2);
  });

  test('a sixth of a short lease is enough, because the workflow renews the link when a third is left', async () => {
    for (const [leftMs, isEnough] of [
      [10_000, true],
      [9999, false],
    ] as const) {
      const library = aLibrary({ clips: [clipWithTime(leftMs, 'live', MINUTE_MS)] });
      await library.get(VIDEO);
      assert.equal(library.links.asked.length, isEnough ? 0 : 1, `${leftMs} ms left`);
      if (!isEnough) assert.equal(library.links.asked[0]?.minMinutes, 1 / 6);
    }
  });

  test('if a sixth of the lease is shorter than a reader needs, the workflow is asked for a link that lasts long enough', async () => {
    const library = aLibrary({ clips: [clipWithTime(2999, 'live', 6000)] });
    await library.get(VIDEO);
    assert.equal((library.links.asked[0]?.minMinutes ?? 0) * MINUTE_MS, 3000);
  });

  test('a clip whose thumbnail is not finished counts as live', async () => {
    const library = aLibrary({ clips: [clipWithTime(-1, 'archiving')] });
    library.links.answer = () => freshAnswer;
    assert.equal(locationOf(await library.get(VIDEO)), FRESH);
  });

  test('workflows of unreachable, stopped and deleted clips are not asked', async () => {
    for (const status of ['unreachable', 'stopped', 'deleted'] as const) {
      const library = aLibrary({ clips: [clipWithTime(-1, status)] });
      const response = await library.get(VIDEO);
      assert.equal(response.status, status === 'deleted' ? 410 : 503, status);
      assert.deepEqual(library.links.asked, []);
    }
  });

  test('a deleted clip redirects while its link has time left, and then answers 410', async () => {
    const enough = aLibrary({ clips: [clipWithTime(11 * MINUTE_MS, 'deleted')] });
    assert.equal((await enough.get(VIDEO)).status, 302);
    const short = aLibrary({ clips: [clipWithTime(9 * MINUTE_MS, 'deleted')] });
    assert.equal((await short.get(VIDEO)).status, 410);
  });

  test('a deleted clip whose link has no readable expiry answers 410, and a live one redirects', async () => {
    const url = `${CDN}/attachments/1/2/a.mp4`;
    for (const [status, expected] of [
      ['deleted', 410],
      ['live', 302],
    ] as const) {
      const clip = aClip({ status, url, expiresAtMs: null, issuedAtMs: null });
      assert.equal((await aLibrary({ clips: [clip] }).get(VIDEO)).status, expected);
    }
  });

  test('if the workflow says that the clip was deleted, the answer is 410', async () => {
    const library = aLibrary({ clips: [clipWithTime(-1)] });
    library.links.answer = () => ({ kind: 'gone' });
    assert.equal((await library.get(VIDEO)).status, 410);
  });

  test('if no fresh link can be had, a short link is used while readers can still follow it', async () => {
    const library = aLibrary({ clips: [clipWithTime(4000)] });
    assert.equal((await library.get(VIDEO)).status, 302);
    library.clock.nowMs += 1500;
    const response = await library.get(VIDEO);
    assert.equal(response.status, 503);
    assert.deepEqual(library.outcomes, ['short', 'unavailable']);
  });

  test('if the link at hand is still valid, a reader waits at most a second for the workflow, and the next readers get its link', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const library = aLibrary({ clips: [clipWithTime(5 * MINUTE_MS)] });
    let answer: (link: typeof freshAnswer) => void = () => undefined;
    library.links.answer = () => new Promise((resolve) => (answer = resolve));
    const first = library.get(VIDEO);
    while (library.links.asked.length === 0) await new Promise(setImmediate);
    t.mock.timers.tick(MAX_WAIT_WITH_LINK_MS);
    assert.match(locationOf(await first), /stored/);
    answer(freshAnswer);
    await new Promise(setImmediate);
    assert.equal(locationOf(await library.get(VIDEO)), FRESH);
    assert.deepEqual(library.outcomes, ['short', 'stored']);
    assert.equal(library.links.asked.length, 1);
  });

  test('a fresh link is not forgotten for the old link that a slow catalog returns later', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const old = clipWithTime(5 * MINUTE_MS);
    const library = aLibrary({ clips: [old] });
    let answer: (link: typeof freshAnswer) => void = () => undefined;
    library.links.answer = () => new Promise((resolve) => (answer = resolve));
    const first = library.get(VIDEO);
    while (library.links.asked.length === 0) await new Promise(setImmediate);
    t.mock.timers.tick(MAX_WAIT_WITH_LINK_MS);
    await first;

    library.clock.nowMs += LINK_REMEMBERED_MS;
    let answerOfCatalog: (clip: typeof old) => void = () => undefined;
    library.catalog.findLink = () => new Promise((resolve) => (answerOfCatalog = resolve));
    const second = library.get(VIDEO);
    await new Promise(setImmediate);
    answer(freshAnswer);
    await new Promise(setImmediate);
    answerOfCatalog(old);
    assert.equal(locationOf(await second), FRESH);
    assert.equal(locationOf(await library.get(VIDEO)), FRESH);
    assert.equal(library.links.asked.length, 1);
  });

  test('if the link at hand expires during that second, the reader waits on', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const library = aLibrary({ clips: [clipWithTime(3500)] });
    let answer: (link: typeof freshAnswer) => void = () => undefined;
    library.links.answer = () => new Promise((resolve) => (answer = resolve));
    const response = library.get(VIDEO);
    while (library.links.asked.length === 0) await new Promise(setImmediate);
    library.clock.nowMs += MAX_WAIT_WITH_LINK_MS;
    t.mock.timers.tick(MAX_WAIT_WITH_LINK_MS);
    await new Promise(setImmediate);
    answer(freshAnswer);
    assert.equal(locationOf(await response), FRESH);
  });

  test('without any valid link, the answer is 503 and says when to try again', async () => {
    const library = aLibrary({ clips: [clipWithTime(-1)] });
    const first = await library.get(VIDEO);
    assert.equal(first.status, 503);
    assert.equal(first.headers.get('retry-after'), '60');
    assert.equal(first.headers.get('cache-control'), 'no-store');
    library.clock.nowMs += 20_000;
    assert.equal((await library.get(VIDEO)).headers.get('retry-after'), '40');
    assert.equal(library.links.asked.length, 1);
  });

  test('no link leads to an origin that is not in MEDIA_HOSTS', async () => {
    const evil = [
      'https://evil.example/a.mp4',
      `http://${new URL(CDN).host}/a.mp4`,
      'https://user:pass@cdn.example.org/a.mp4',
      'https://cdn.example.org.evil.example/a.mp4',
      'javascript:alert(1)',
      '//evil.example/a.mp4',
      'not a link',
    ];
    for (const url of evil) {
      const library = aLibrary({ clips: [aClip({ url, expiresAtMs: START_MS + DAY_MS })] });
      library.links.answer = () => ({ kind: 'link', url, expiresAtMs: START_MS + DAY_MS });
      const response = await library.get(VIDEO);
      assert.equal(response.status, 503, url);
      assert.equal(locationOf(response), '');
    }
  });

  test('a fresh link that has already expired is not used', async () => {
    const library = aLibrary({ clips: [clipWithTime(-1)] });
    library.links.answer = () => ({ kind: 'link', url: FRESH, expiresAtMs: START_MS + 1000 });
    assert.equal((await library.get(VIDEO)).status, 503);
  });

  test('every known ending of a video leads to the video in one hop, and any other ending is not found', async () => {
    const library = aLibrary();
    for (const ending of ['mp4', 'm4v', 'mov', 'webm', 'mkv']) {
      assert.equal((await library.get(`/c/${CLIP_ID}.${ending}`)).status, 302, ending);
    }
    for (const ending of ['exe', 'MP4x', 'mp4.', '', 'mp4/']) {
      assert.equal((await library.get(`/c/${CLIP_ID}.${ending}`)).status, 404, ending);
    }
  });

  test('an invalid id is not found, and nothing is asked', async () => {
    const library = aLibrary();
    const ids = [
      '1-2',
      'x',
      `${CLIP_ID}-3`,
      '99999999999999999999-1',
      '../secret',
      '%00',
      `${CLIP_ID}%0a`,
    ];
    for (const id of ids) {
      assert.equal((await library.get(`/c/${id}.mp4`)).status, 404, id);
      assert.equal((await library.get(`/c/${id}`)).status, 404, id);
    }
    assert.equal(library.catalog.linkCalls(), 0);
    assert.deepEqual(library.links.described, []);
    assert.deepEqual(library.bucket.reads, []);
  });

  test('a clip that nobody knows is not found', async () => {
    const library = aLibrary();
    assert.equal((await library.get(`/c/${clipIdAt(9)}.mp4`)).status, 404);
    assert.deepEqual(library.outcomes, ['unknown']);
  });

  test('the catalog is asked for the same link once in five seconds', async () => {
    const library = aLibrary();
    for (let at = 0; at < 5; at++) await library.get(VIDEO);
    assert.equal(library.catalog.linkCalls(), 1);
    library.clock.nowMs += 5000;
    await library.get(VIDEO);
    assert.equal(library.catalog.linkCalls(), 2);
  });

  test('nobody can start a refresh of a clip that they may not see', async () => {
    const clips = [{ ...clipWithTime(-1), isPublic: false }];
    const library = aLibrary({ clips, settings: PUBLISHED });
    library.links.answer = () => freshAnswer;
    assert.equal((await library.get(VIDEO)).status, 404);
    assert.deepEqual(library.links.asked, []);
  });
});
