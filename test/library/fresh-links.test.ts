import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FreshLinkAnswer } from '../../src/library/ports.ts';
import {
  BUSY_PAUSE_MS,
  FIRST_PAUSE_MS,
  FreshLinks,
  type Judgement,
  MAX_AT_A_TIME,
  MAX_PAUSE_MS,
  MAX_WAIT_MS,
} from '../../src/library/redirect/fresh-links.ts';
import { noMetrics } from '../../src/metrics.ts';
import { CLIP_ID, clipIdAt, createFakeLinks, START_MS } from '../support/a-library.ts';

const LINK = { kind: 'link', url: 'https://cdn.example.org/a.mp4', expiresAtMs: null } as const;
const accept = ({ url }: { url: string }): Judgement => ({ kind: 'location', location: url });

function setUp(
  answer: (clipId: string) => FreshLinkAnswer | Promise<FreshLinkAnswer>,
  maxFailures?: number,
) {
  const links = createFakeLinks();
  links.answer = answer;
  const clock = { nowMs: START_MS };
  const reported: string[] = [];
  const metrics = { ...noMetrics, freshLink: (outcome: string) => void reported.push(outcome) };
  const parts = { links, now: () => clock.nowMs, metrics };
  const freshLinks = new FreshLinks(parts, maxFailures === undefined ? {} : { maxFailures });
  const ask = (clipId = CLIP_ID, isUrgent = true) =>
    freshLinks.ask(clipId, { minMinutes: 10, isUrgent, judge: accept });
  return { links, clock, reported, ask };
}

const unreachable = () => ({ kind: 'unreachable', reason: 'x', retryAtMs: null }) as const;

describe('asking workflows for fresh links', () => {
  test('readers who ask for one clip at the same time share one call', async () => {
    let answer: (link: FreshLinkAnswer) => void = () => undefined;
    const { links, ask, reported } = setUp(() => new Promise((resolve) => (answer = resolve)));
    const asked = Array.from({ length: 50 }, () => ask());
    answer(LINK);
    for (const found of await Promise.all(asked)) assert.equal(found.kind, 'link');
    assert.equal(links.asked.length, 1);
    assert.deepEqual(reported, ['ok']);
  });

  test('at most 20 workflows are asked at a time, and the others follow in turn', async () => {
    const answers: ((link: FreshLinkAnswer) => void)[] = [];
    const { links, ask } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    const asked = Array.from({ length: 30 }, (_, at) => ask(clipIdAt(at)));
    assert.equal(links.asked.length, MAX_AT_A_TIME);
    answers[0]!(LINK);
    await asked[0];
    assert.equal(links.asked.length, MAX_AT_A_TIME + 1);
    while (answers.length > 0) {
      answers.shift()!(LINK);
      await new Promise(setImmediate);
    }
    for (const found of await Promise.all(asked)) assert.equal(found.kind, 'link');
    assert.equal(links.asked.length, 30);
  });

  test('clips whose links have expired are asked before clips whose links are still valid', async () => {
    const answers: ((link: FreshLinkAnswer) => void)[] = [];
    const { links, ask } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    const asked = Array.from({ length: MAX_AT_A_TIME }, (_, at) => ask(clipIdAt(at)));
    asked.push(ask(clipIdAt(40), false), ask(clipIdAt(41), true), ask(clipIdAt(42), true));
    for (let at = 0; at < asked.length; at++) {
      answers[at]!(LINK);
      await new Promise(setImmediate);
    }
    await Promise.all(asked);
    const waited = links.asked.slice(MAX_AT_A_TIME).map(({ clipId }) => clipId);
    assert.deepEqual(waited, [clipIdAt(41), clipIdAt(42), clipIdAt(40)]);
  });

  test('a workflow that does not answer is given up after five seconds and keeps no turn', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { links, ask } = setUp(() => new Promise(() => undefined));
    const asked = Array.from({ length: 30 }, (_, at) => ask(clipIdAt(at)));
    t.mock.timers.tick(MAX_WAIT_MS);
    for (const found of await Promise.all(asked)) {
      assert.deepEqual(found, { kind: 'none', retryAfterMs: BUSY_PAUSE_MS });
    }
    links.answer = () => LINK;
    assert.equal((await ask(clipIdAt(99))).kind, 'link');
  });

  test('a failure is remembered for a minute, then twice as long each time, up to an hour', async () => {
    const { links, clock, ask } = setUp(unreachable);
    let pauseMs = FIRST_PAUSE_MS;
    for (let failures = 1; failures <= 9; failures++) {
      assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: pauseMs });
      clock.nowMs += pauseMs - 1;
      assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: 1 });
      assert.equal(links.asked.length, failures);
      clock.nowMs += 1;
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
    assert.equal(pauseMs, MAX_PAUSE_MS);
  });

  test('a success forgets the failures before it, and so does an hour', async () => {
    const { links, clock, ask } = setUp(unreachable);
    await ask();
    clock.nowMs += FIRST_PAUSE_MS;
    links.answer = () => LINK;
    assert.equal((await ask()).kind, 'link');
    links.answer = unreachable;
    assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: FIRST_PAUSE_MS });
    clock.nowMs += FIRST_PAUSE_MS + MAX_PAUSE_MS;
    assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: FIRST_PAUSE_MS });
  });

  test('while Temporal does not answer, a clip is asked again after a second, and its pause is not doubled', async () => {
    const { links, clock, ask } = setUp(() => ({ kind: 'busy', reason: 'x' }));
    for (let asked = 1; asked <= 3; asked++) {
      assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: BUSY_PAUSE_MS });
      clock.nowMs += BUSY_PAUSE_MS;
      assert.equal(links.asked.length, asked);
    }
    links.answer = unreachable;
    assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: FIRST_PAUSE_MS });
  });

  test('the number of remembered failures is bounded, and the oldest are forgotten', async () => {
    const { links, ask } = setUp(unreachable, 3);
    for (let at = 0; at <= 3; at++) await ask(clipIdAt(at));
    await ask(clipIdAt(3));
    assert.equal(links.asked.length, 4);
    await ask(clipIdAt(0));
    assert.equal(links.asked.length, 5);
  });

  test('a link that must not be used counts as a failure', async () => {
    const links = createFakeLinks();
    links.answer = () => LINK;
    const freshLinks = new FreshLinks({ links, now: () => START_MS, metrics: noMetrics });
    const found = await freshLinks.ask(CLIP_ID, {
      minMinutes: 10,
      isUrgent: true,
      judge: () => ({ kind: 'refused' }),
    });
    assert.deepEqual(found, { kind: 'none', retryAfterMs: FIRST_PAUSE_MS });
  });

  test('if a good link comes too late, readers ask again a second later, as if there had been no answer', async () => {
    const links = createFakeLinks();
    links.answer = () => LINK;
    const clock = { nowMs: START_MS };
    const freshLinks = new FreshLinks({ links, now: () => clock.nowMs, metrics: noMetrics });
    const options = { minMinutes: 10, isUrgent: true };
    const pauses: number[] = [];
    const askLate = async () => {
      const late = await freshLinks.ask(CLIP_ID, { ...options, judge: () => ({ kind: 'late' }) });
      assert.equal(late.kind, 'none');
      clock.nowMs += late.retryAfterMs;
      pauses.push(late.retryAfterMs / BUSY_PAUSE_MS);
    };
    await askLate();
    assert.equal((await freshLinks.ask(CLIP_ID, { ...options, judge: accept })).kind, 'link');
    for (let n = 0; n < 8; n++) await askLate();
    assert.deepEqual(pauses, [1, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  test('a source of links that throws is a failure', async () => {
    const { ask } = setUp(() => Promise.reject(new Error('broken')));
    assert.deepEqual(await ask(), { kind: 'none', retryAfterMs: FIRST_PAUSE_MS });
  });
});
