import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPace } from '../../../src/discord/limits/pace.ts';
import { failureOf } from '../stage.ts';

const ROUTE = 'GET /users/@me';

describe('the own limit of requests per second', () => {
  test('if many requests arrive, no second has more than 125 percent of the limit, an excess that Discord allows', async () => {
    const sentAtMs: number[] = [];
    let nowMs = 0;
    const sleep = async (ms: number) => void sentAtMs.push(nowMs + ms);
    const pace = createPace(40, () => nowMs, sleep);
    for (let n = 0; n < 300; n++) {
      const before = sentAtMs.length;
      await pace.wait(ROUTE, 60_000);
      if (sentAtMs.length === before) sentAtMs.push(nowMs);
      // Leave one second without requests, as between two bursts.
      if (n === 150) nowMs = (sentAtMs.at(-1) ?? 0) + 1000;
    }
    const inSecondFrom = (ms: number) => sentAtMs.filter((at) => at >= ms && at < ms + 1000).length;
    const counts = sentAtMs.slice(0, 250).map(inSecondFrom);
    assert.ok(Math.max(...counts) <= 51, String(Math.max(...counts)));
    assert.equal(inSecondFrom(2000), 40);
  });

  test('if many requests wait for the limit, they are sent in the order in which they arrived', async () => {
    const pace = createPace(200);
    const passed: number[] = [];
    const wait = async (n: number) => {
      await pace.wait(ROUTE, 60_000);
      passed.push(n);
    };
    await Promise.all(Array.from({ length: 80 }, (_, n) => wait(n)));
    assert.deepEqual(
      passed,
      passed.toSorted((a, b) => a - b),
    );
  });

  test('if the timers of two requests fire in the wrong order, the requests are still sent in order', async () => {
    const timers: (() => void)[] = [];
    const sleep = () => new Promise<void>((resolve) => timers.push(resolve));
    const pace = createPace(1, () => 0, sleep);
    const passed: number[] = [];
    const waits = [0, 1, 2].map(async (n) => {
      await pace.wait(ROUTE, 60_000);
      passed.push(n);
    });
    for (const fire of timers.toReversed()) fire();
    await Promise.all(waits);
    assert.deepEqual(passed, [0, 1, 2]);
    assert.equal(timers.length, 2);
  });

  test('if a request would wait too long for the limit, it fails at once and says when to retry', async () => {
    const pace = createPace(0.5, () => 0);
    await pace.wait(ROUTE, 1000);
    const failure = await failureOf(pace.wait(ROUTE, 1000));
    assert.equal(failure.type, 'RateLimited');
    assert.equal(failure.delayMs, 1750);
    assert.match(
      failure.message,
      /has reached the limit DISCORD_REQUESTS_PER_SECOND; retrying in 2 s/,
    );
  });
});
