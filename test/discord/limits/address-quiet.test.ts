import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAddressQuiet } from '../../../src/discord/limits/address-quiet.ts';
import { applicationFailure } from '../../../src/errors.ts';
import { addressRefused } from '../../../src/rate-limit-errors.ts';

const ROUTE = 'GET /channels/1/messages/2';
const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function stage() {
  let nowMs = 1_709_287_200_000;
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = { info: write, warn: write } as never;
  const quiet = createAddressQuiet({ log, now: () => nowMs, random: () => 0.5 });
  /** Returns after how many seconds a caller may try again, or null if the caller may send its request now. */
  const heldBackFor = (): number | null => {
    try {
      quiet.enter(ROUTE);
      return null;
    } catch (error) {
      return Number(applicationFailure(error)?.nextRetryDelay) / 1000;
    }
  };
  const refuse = (waitMs: number | null) => {
    quiet.refused(addressRefused(waitMs, { route: ROUTE, status: 429 }));
  };
  return { quiet, lines, heldBackFor, refuse, pass: (ms: number) => (nowMs += ms) };
}

describe('the quiet time after Cloudflare refused the IP address', () => {
  test('if a Cloudflare refusal names a waiting time, requests are blocked for that time and their retries are spread over ten seconds', () => {
    const { heldBackFor, refuse, pass } = stage();
    assert.equal(heldBackFor(), null);
    refuse(600_000);
    assert.equal(heldBackFor(), 605);
    pass(590_000);
    assert.equal(heldBackFor(), 15);
    pass(10_000);
    assert.equal(heldBackFor(), null);
  });

  test('if a Cloudflare refusal names no wait, requests are blocked for a minute; the longest block is an hour', () => {
    const { heldBackFor, refuse, pass } = stage();
    refuse(null);
    assert.equal(heldBackFor(), 65);
    pass(MINUTE_MS);
    refuse(1000 * DAY_MS);
    pass(60 * MINUTE_MS - 1);
    assert.notEqual(heldBackFor(), null);
    pass(1);
    assert.equal(heldBackFor(), null);
  });

  test('when the block by Cloudflare ends, one request is sent and the others wait for its answer', () => {
    const { quiet, heldBackFor, refuse, pass } = stage();
    refuse(null);
    pass(MINUTE_MS);
    assert.deepEqual([heldBackFor(), heldBackFor()], [null, 6]);
    refuse(null);
    assert.equal(heldBackFor(), 65);
    pass(MINUTE_MS);
    assert.equal(heldBackFor(), null);
    quiet.answered();
    assert.deepEqual([heldBackFor(), heldBackFor()], [null, null]);
  });

  test('if the first request after a block by Cloudflare gets no answer, another is sent after 30 seconds', () => {
    const { heldBackFor, refuse, pass } = stage();
    refuse(null);
    pass(MINUTE_MS);
    assert.equal(heldBackFor(), null);
    pass(29_000);
    assert.equal(heldBackFor(), 6);
    pass(1000);
    assert.equal(heldBackFor(), null);
  });

  test('if a request was sent before Cloudflare refused the address, its answer does not end the block', () => {
    const { quiet, heldBackFor, refuse } = stage();
    refuse(null);
    quiet.answered();
    assert.equal(heldBackFor(), 65);
  });

  test('if Cloudflare refuses the address for an hour, the log has one line at the start and one at the end', () => {
    const { quiet, lines, heldBackFor, refuse, pass } = stage();
    for (let minute = 0; minute < 60; minute++) {
      refuse(null);
      refuse(null);
      heldBackFor();
      pass(MINUTE_MS);
    }
    quiet.answered();
    quiet.answered();
    assert.deepEqual(lines, [
      'Cloudflare refuses this IP address; sending no requests to Discord for 60 s',
      'Discord answers this IP address again after 3600 s',
    ]);
  });
});
