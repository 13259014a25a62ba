import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { applicationFailure, retryTimeIn } from '../../src/errors.ts';
import { checkLinkRequest, getFreshLink } from '../../src/workflows/clip/fresh-link.ts';
import { newLife, newRun, type ClipRun, type LastFetch } from '../../src/workflows/clip/life.ts';
import { noteTimes } from '../../src/workflows/clip/wait.ts';
import { aClip, aLink } from '../support/fake-activities.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 12);
const MINUTE_S = 60;
const DAY_S = 86_400;

const runOf = (url: string): ClipRun => newRun(newLife(aClip({ url }), false), []);

/** A link whose lease is `leaseS` long and ends in `leftS`. */
function linkOf(leaseS: number, leftS: number): string {
  const expiresAt = Math.floor(Date.now() / 1000) + leftS;
  const [ex, is] = [expiresAt, expiresAt - leaseS].map((seconds) => seconds.toString(16));
  return `https://cdn.example/attachments/1/2/COMET.mp4?ex=${ex}&is=${is}&hm=00`;
}

/** Returns the failure with which the clip refuses the update, or null if the clip accepts the update. */
function refusalOf(run: ClipRun, input?: unknown) {
  try {
    checkLinkRequest(run, input);
    return null;
  } catch (error) {
    return applicationFailure(error);
  }
}

/** True if the clip would return its link without a refresh. */
async function isGivenAtOnce(run: ClipRun, minMinutes: number): Promise<boolean> {
  const answer = await Promise.race([
    getFreshLink(run, { minMinutes }).catch(() => null),
    new Promise<null>((resolve) => setImmediate(() => resolve(null))),
  ]);
  return answer?.url === run.life.clip.url;
}

const afterFetch = (url: string, failure: string | null, agoS = 0): ClipRun => {
  const run = runOf(url);
  run.life.lastFetch = { endedAtMs: Date.now() - agoS * 1000, failure } satisfies LastFetch;
  return run;
};

describe('the rules of freshLink', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'], now: NOW_MS }));
  afterEach(() => mock.timers.reset());

  test('an invalid input is refused with one sentence that shows a valid input', () => {
    const run = runOf(aLink(DAY_S));
    const invalid = [
      ...['10', 10, true, [10], { minutes: 10 }, { minMinutes: 10, more: 1 }],
      ...['10', null, -1, 1441, NaN, Infinity, [], {}].map((minMinutes) => ({ minMinutes })),
    ];
    for (const input of invalid) {
      const refusal = refusalOf(run, input);
      assert.equal(refusal?.type, 'InvalidInput', JSON.stringify(input));
      assert.match(refusal.message, /--input '\{"minMinutes":10\}'$/);
    }
  });

  test('minMinutes may be 0, 1,440 or a fraction, and a missing input means 10 minutes', async () => {
    for (const minMinutes of [0, 0.5, 1440]) {
      assert.equal(refusalOf(runOf(aLink(DAY_S)), { minMinutes }), null);
    }
    for (const input of [undefined, null, {}]) {
      const enough = runOf(linkOf(DAY_S, 10 * MINUTE_S));
      assert.equal((await getFreshLink(enough, input)).url, enough.life.clip.url);
      const run = afterFetch(linkOf(DAY_S, 9 * MINUTE_S), 'AccessLost');
      assert.equal(refusalOf(run, input)?.type, 'AccessLost');
    }
  });

  test('a link is enough if it is valid for the minutes asked for, or if it has no expiry', async () => {
    assert.equal(await isGivenAtOnce(runOf(linkOf(DAY_S, 600)), 10), true);
    assert.equal(await isGivenAtOnce(runOf(linkOf(DAY_S, 599)), 10), false);
    assert.equal(await isGivenAtOnce(runOf(linkOf(DAY_S, 1)), 0), true);
    assert.equal(await isGivenAtOnce(runOf(linkOf(DAY_S, 0)), 0), false);
    assert.equal(await isGivenAtOnce(runOf('https://cdn.example/a/1/2/c.mp4'), 1440), true);
  });

  test('if the whole lease is shorter than asked, a third of the lease is enough', async () => {
    assert.equal(await isGivenAtOnce(runOf(linkOf(60, 20)), 10), true);
    assert.equal(await isGivenAtOnce(runOf(linkOf(60, 19)), 10), false);
    assert.equal(await isGivenAtOnce(runOf(linkOf(DAY_S, DAY_S / 3)), 1440), true);
    assert.equal(await isGivenAtOnce(runOf(linkOf(DAY_S, DAY_S / 3 - 1)), 1440), false);
    for (const leaseS of [0, -60]) {
      assert.equal(await isGivenAtOnce(runOf(linkOf(leaseS, 5)), 10), false, 'no credible start');
    }
    const withoutStart = linkOf(60, 20).replace(/&is=\w+/, '');
    assert.equal(await isGivenAtOnce(runOf(withoutStart), 10), false);
  });

  test('for a minute after a failed refresh, the update fails at once with the time of the next try', () => {
    for (const [failure, type, words] of [
      ['AccessLost', 'AccessLost', /View Channel/],
      ['MessageGone', 'LinkUnavailable', /did not find the clip's message/],
      ['ServiceFailed', 'LinkUnavailable', /failed \(ServiceFailed\)/],
    ] as const) {
      const url = linkOf(DAY_S, 5 * MINUTE_S);
      const refusal = refusalOf(afterFetch(url, failure, 59));
      assert.equal(refusal?.type, type);
      assert.match(refusal.message, words);
      assert.match(refusal.message, /ask again at 2026-01-02T12:00:0\dZ$/);
      assert.equal(retryTimeIn(refusal), NOW_MS + 1000);
      assert.equal(refusalOf(afterFetch(url, failure, 60)), null);
    }
  });

  test('if the bot has lost access, a link that is valid long enough is still returned', async () => {
    assert.equal(await isGivenAtOnce(afterFetch(linkOf(DAY_S, 600), 'AccessLost'), 10), true);
  });

  test('if Discord has just returned a link that is valid for a shorter time than asked, the update returns that link', async () => {
    const url = linkOf(DAY_S, 5 * MINUTE_S);
    assert.equal(await isGivenAtOnce(afterFetch(url, null, 59), 10), true);
    assert.equal(await isGivenAtOnce(afterFetch(url, null, 60), 10), false);
    const refusal = refusalOf(afterFetch(linkOf(DAY_S, -60), null, 59));
    assert.equal(refusal?.type, 'LinkUnavailable');
    assert.match(refusal.message, /expired/);
  });

  test('if Discord returned a link that is valid for a few seconds, the next refresh may come sooner than after a minute', async () => {
    const fetchedAgo = (agoS: number, validS: number) =>
      afterFetch(linkOf(DAY_S, validS - agoS), null, agoS);
    assert.equal(await isGivenAtOnce(fetchedAgo(9, 30), 10), true);
    assert.equal(await isGivenAtOnce(fetchedAgo(10, 30), 10), false);
    assert.equal(await isGivenAtOnce(fetchedAgo(4, 6), 10), true, 'the shortest pause is 5 s');
    assert.equal(await isGivenAtOnce(fetchedAgo(5, 6), 10), false);
  });

  test('if a refresh has been running for 30 s, the update fails at once', () => {
    const run = runOf(linkOf(DAY_S, 1));
    run.refreshDueSinceMs = NOW_MS - 29_999;
    assert.equal(refusalOf(run), null);
    run.refreshDueSinceMs = NOW_MS - 30_000;
    assert.equal(refusalOf(run)?.type, 'LinkUnavailable');
    run.life.clip.url = aLink(DAY_S);
    assert.equal(refusalOf(run), null, 'a good link is returned meanwhile');
  });

  test('while a local activity runs, no update is answered by the time, because a replay may see another time', async () => {
    const url = aLink(DAY_S);
    const writing = Object.assign(runOf(url), { localRunning: 1 });
    assert.equal(await isGivenAtOnce(writing, 10), false);
    writing.localRunning = 0;
    assert.equal(await isGivenAtOnce(writing, 10), true);
    const paused = Object.assign(afterFetch(linkOf(DAY_S, 1), 'AccessLost'), { localRunning: 1 });
    assert.equal(refusalOf(paused), null);
    const hanging = Object.assign(runOf(linkOf(DAY_S, 1)), { localRunning: 1 });
    hanging.refreshDueSinceMs = NOW_MS - 30_000;
    assert.equal(refusalOf(hanging), null);
    hanging.gone = true;
    assert.equal(refusalOf(hanging)?.type, 'MessageGone', 'a deletion does not depend on the time');
  });

  test('the pause after a refresh begins when the write of its outcome has ended, because a replay sees only that time', () => {
    const run = afterFetch(linkOf(DAY_S, 5 * MINUTE_S), 'AccessLost');
    run.fetchJustEnded = true;
    mock.timers.setTime(NOW_MS + 4000);
    noteTimes(run);
    assert.equal(run.life.lastFetch?.endedAtMs, NOW_MS + 4000);
    mock.timers.setTime(NOW_MS + 9000);
    noteTimes(run);
    assert.equal(run.life.lastFetch.endedAtMs, NOW_MS + 4000, 'noted once');
  });

  test('a clip that has ended refuses the update, even if its link is valid', () => {
    for (const [change, type] of [
      [{ gone: true }, 'MessageGone'],
      [{ ended: 'deleted' }, 'MessageGone'],
      [{ ended: 'stopped' }, 'LinkUnavailable'],
      [{ stopping: true }, 'LinkUnavailable'],
      [{ stopping: true, gone: true }, 'MessageGone'],
    ] as const) {
      const run = Object.assign(runOf(aLink(DAY_S)), change);
      assert.equal(refusalOf(run)?.type, type);
      assert.equal(retryTimeIn(refusalOf(run)), null);
    }
  });

  test('no failure contains the link', () => {
    for (const failure of [null, 'AccessLost', 'MessageGone', 'ServiceFailed']) {
      const refusal = refusalOf(afterFetch(linkOf(DAY_S, -1), failure));
      assert.ok(refusal);
      assert.doesNotMatch(JSON.stringify(refusal), /cdn\.example|hm=/);
    }
  });
});
