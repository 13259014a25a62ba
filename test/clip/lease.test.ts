import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  askForAccessAtMs,
  isExpired,
  leaseInSeconds,
  leaseOf,
  refreshAtMs,
} from '../../src/clip/lease.ts';
import { signedLink } from './a-message.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const MARGIN_MS = 6 * HOUR_MS;
const ISSUED_AT = 1_709_287_200;

/** A link whose lease began at `ISSUED_AT` and lasts `leaseSeconds`. */
const linkFor = (leaseSeconds: number): string =>
  signedLink({ expiresAt: ISSUED_AT + leaseSeconds, issuedAt: ISSUED_AT });

const issuedAtMs = ISSUED_AT * 1000;

describe('a lease', () => {
  test('the lease of a link is read from its query parameters `ex` and `is`, in any order', () => {
    const lease = { issuedAt: 0x65e1a720, expiresAt: 0x65e2f8a0 };
    for (const query of [
      '?ex=65e2f8a0&is=65e1a720&hm=00',
      '?hm=00&is=65E1A720&ex=65E2F8A0',
      '?ex=65e2f8a0&is=65e1a720&',
      '?ex=65e2f8a0&is=65e1a720#here',
    ]) {
      assert.deepEqual(leaseOf(`https://cdn.discordapp.com/attachments/1/2/x.mp4${query}`), lease);
    }
    assert.deepEqual(leaseOf('https://cdn.discordapp.com/x.mp4?ex=65e2f8a0'), {
      issuedAt: null,
      expiresAt: 0x65e2f8a0,
    });
  });

  test('if the times in a link are in hexadecimal milliseconds, its expiry is still read', () => {
    const hex = (seconds: number) => (seconds * 1000 + 125).toString(16);
    const url = `https://cdn.example/x.mp4?ex=${hex(1_709_373_600)}&is=${hex(1_709_287_200)}&hm=00`;
    assert.deepEqual(leaseOf(url), { issuedAt: 1_709_287_200, expiresAt: 1_709_373_600 });
    assert.equal(leaseInSeconds(url), null, 'code for old histories does not read it');
    const mixed = 'https://cdn.example/x.mp4?ex=65e2f8a0&is=18dfa0c2b00';
    assert.equal(leaseOf(mixed)?.expiresAt, 0x65e2f8a0);
  });

  test('if a link has no valid ex parameter, the link has no known expiry', () => {
    const without = [
      '',
      '?is=65e1a720',
      '?ex=',
      '?ex=tomorrow',
      '?index=65e2f8a0',
      '?ex=65e2f8a0z',
      '?ex=65e2f8a012',
      '?ex=fffffffffff',
      '?ex=18dfa0c2b001',
    ];
    for (const query of without) {
      assert.equal(leaseOf(`https://cdn.discordapp.com/x.mp4${query}`), null, query);
    }
  });

  test('if an expiry is read from a link, the expiry is a valid date, whatever the link contains', () => {
    const foreign = fc.oneof(
      fc.string(),
      fc.webUrl({ withQueryParameters: true }),
      fc.stringMatching(/^[0-9a-f]{1,14}$/).map((hex) => `https://cdn.example/x?ex=${hex}`),
    );
    fc.assert(
      fc.property(foreign, (url) => {
        const lease = leaseOf(url);
        if (lease === null) return;
        assert.match(new Date(lease.expiresAt * 1000).toISOString(), /^\d{4}-/);
      }),
    );
  });

  test('a link expires at the time in its ex parameter, and a link without this parameter never expires', () => {
    const url = linkFor(60);
    assert.equal(isExpired(url, issuedAtMs + 59_999), false);
    assert.equal(isExpired(url, issuedAtMs + 60_000), true);
    assert.equal(isExpired('https://cdn.discordapp.com/x.mp4', Number.MAX_SAFE_INTEGER), false);
  });
});

describe('a refresh', () => {
  const at = (
    url: string,
    more: { nowMs?: number; marginMs?: number; spreadKey?: string } = {},
  ): number =>
    refreshAtMs({ url, nowMs: issuedAtMs, marginMs: MARGIN_MS, spreadKey: '1-2', ...more });

  /**
   * The spread keys of 1000 clips. A clip's key decides how much earlier than REFRESH_MARGIN the clip's link is
   * refreshed.
   */
  const keys = Array.from({ length: 1000 }, (_, n) => `121306318163151${n}-121306317984894${n}`);

  test('a refresh is planned REFRESH_MARGIN before the link expires, or earlier by up to a tenth of REFRESH_MARGIN', () => {
    const expiresAtMs = issuedAtMs + DAY_MS;
    const earlier = keys.map(
      (spreadKey) => expiresAtMs - MARGIN_MS - at(linkFor(86_400), { spreadKey }),
    );
    for (const ms of earlier) assert.ok(ms >= 0 && ms <= MARGIN_MS / 10 + 1, `${ms} ms earlier`);
    const tenths = new Set(earlier.map((ms) => Math.floor(ms / (MARGIN_MS / 100))));
    assert.deepEqual(
      [...tenths].sort((a, b) => a - b).slice(0, 10),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      'the refreshes of links signed together are spread over the whole tenth',
    );
  });

  test('for the same clip and link, the planned refresh time is always the same', () => {
    for (const spreadKey of keys.slice(0, 20)) {
      assert.equal(at(linkFor(86_400), { spreadKey }), at(linkFor(86_400), { spreadKey }));
    }
  });

  test('if REFRESH_MARGIN exceeds the lifetime of a link, the refresh is planned when a third to a half of the lifetime is left', () => {
    const leftMs = issuedAtMs + 45_000 - at(linkFor(45));
    assert.ok(leftMs >= 15_000 && leftMs <= 22_501, `${leftMs} ms before the end`);
  });

  test('the refreshes of short links are spread over 10 s, or over half of the margin if that is shorter', () => {
    const margins = (seconds: number): number[] =>
      keys.map((spreadKey) => issuedAtMs + seconds * 1000 - at(linkFor(seconds), { spreadKey }));
    for (const [seconds, marginMs, spreadMs] of [
      [30, 10_000, 5000],
      [90, 30_000, 10_000],
    ] as const) {
      const earlier = margins(seconds).map((leftMs) => leftMs - marginMs);
      assert.ok(Math.min(...earlier) >= 0 && Math.min(...earlier) < spreadMs / 50);
      assert.ok(Math.max(...earlier) <= spreadMs + 1 && Math.max(...earlier) > spreadMs * 0.98);
    }
  });

  test('if a link has no expiry, the refresh is planned a day later', () => {
    assert.equal(at('https://cdn.discordapp.com/x.mp4'), issuedAtMs + DAY_MS);
  });

  test('if a link has no plausible start time, its refresh is planned as if the link were signed now', () => {
    const expiresAt = ISSUED_AT + 45;
    for (const issuedAt of [null, expiresAt, expiresAt + 86_400]) {
      const leftMs = issuedAtMs + 45_000 - at(signedLink({ expiresAt, issuedAt }));
      assert.ok(leftMs >= 15_000 && leftMs <= 22_501, `${leftMs} ms, issued at ${issuedAt}`);
    }
  });

  const seconds = (least: number, most: number) => fc.integer({ min: least, max: most });

  test('a refresh is always planned in the future, and before the link expires if enough time is left', () => {
    fc.assert(
      fc.property(
        seconds(1, 30 * 86_400),
        fc.double({ min: 0, max: 3, noNaN: true }),
        seconds(1, 30 * 86_400),
        fc.string(),
        (leaseSeconds, elapsed, marginSeconds, spreadKey) => {
          const expiresAtMs = issuedAtMs + leaseSeconds * 1000;
          const nowMs = Math.floor(issuedAtMs + leaseSeconds * 1000 * elapsed);
          const marginMs = marginSeconds * 1000;
          const refreshMs = at(linkFor(leaseSeconds), { nowMs, marginMs, spreadKey });
          assert.ok(Number.isSafeInteger(refreshMs));
          assert.ok(refreshMs > nowMs, 'in the future');
          const lastMs = expiresAtMs - Math.min(marginMs, (leaseSeconds * 1000) / 3);
          const stillTime = lastMs - Math.min(marginMs, (leaseSeconds * 1000) / 3) / 10 > nowMs + 1;
          if (stillTime) assert.ok(refreshMs <= lastMs, 'before the margin');
          else assert.ok(refreshMs <= nowMs + Math.max(HOUR_MS, lastMs - nowMs), 'soon');
        },
      ),
    );
  });

  /** The times of the refreshes of a link that never changes, from the first until `untilMs`. */
  function fruitless(leaseSeconds: number, marginMs: number, untilMs: number): number[] {
    const url = linkFor(leaseSeconds);
    const moments: number[] = [];
    for (let nowMs = issuedAtMs; nowMs <= untilMs && moments.length < 10_000;) {
      nowMs = at(url, { nowMs, marginMs });
      moments.push(nowMs);
    }
    return moments;
  }

  test('if Discord keeps returning the same 45-second link, the link is refreshed 3 to 8 times before expiry and more rarely afterwards', () => {
    const expiresAtMs = issuedAtMs + 45_000;
    const moments = fruitless(45, MARGIN_MS, expiresAtMs + HOUR_MS);
    const before = moments.filter((ms) => ms < expiresAtMs);
    assert.ok(before.length >= 3 && before.length <= 8, `${before.length} before the end`);
    const after = moments.length - before.length;
    assert.ok(after >= 5 && after <= 25, `${after} in the hour after it`);
  });

  test('if Discord keeps returning the same one-day link, the link is refreshed 5 to 15 times before expiry and about hourly afterwards', () => {
    const expiresAtMs = issuedAtMs + DAY_MS;
    const moments = fruitless(86_400, MARGIN_MS, expiresAtMs + 7 * DAY_MS);
    const before = moments.filter((ms) => ms < expiresAtMs);
    assert.ok(before.length >= 5 && before.length <= 15, `${before.length} before the end`);
    const after = moments.length - before.length;
    assert.ok(after >= 7 * 24 && after <= 7 * 24 + 20, `${after} in the week after it`);
  });

  test('if refreshes do not renew a link, at least one second passes between two refreshes', () => {
    fc.assert(
      fc.property(
        seconds(1, 15 * 86_400),
        seconds(1, 30 * 86_400),
        (leaseSeconds, marginSeconds) => {
          const leaseMs = leaseSeconds * 1000;
          const expiresAtMs = issuedAtMs + leaseMs;
          const moments = fruitless(leaseSeconds, marginSeconds * 1000, expiresAtMs + leaseMs);
          const shortestMs = Math.min(Math.max(leaseMs / 50, 1000), 5 * 60 * 1000);
          for (const [index, ms] of moments.entries()) {
            const pauseMs = ms - (moments[index - 1] ?? -Infinity);
            assert.ok(pauseMs >= shortestMs, `${pauseMs} ms after the refresh before it`);
          }
          // With a margin of a third of the lease, refreshes are at most an hour apart. Near the expiry the pauses are
          // shorter, which adds about 30 refreshes.
          assert.ok(moments.length <= 40 + (leaseMs * 4) / 3 / HOUR_MS, `${moments.length} times`);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a clip without access', () => {
  const NOW_MS = 1_709_287_200_000;
  const MINUTE_MS = 60_000;
  const linkThatLives = (minutes: number): string =>
    signedLink({ expiresAt: NOW_MS / 1000 + minutes * 60 });
  const waitMinutes = (url: string): number =>
    (askForAccessAtMs(leaseOf(url), NOW_MS) - NOW_MS) / MINUTE_MS;

  test('if the bot loses access, the next try comes halfway to the expiry of the link, but at least five minutes later', () => {
    assert.equal(waitMinutes(linkThatLives(6 * 60)), 3 * 60);
    assert.equal(waitMinutes(linkThatLives(20)), 10);
    assert.equal(waitMinutes(linkThatLives(2)), 5);
  });

  test('if the bot loses access and the link has expired or never expires, the clip is retried a day later', () => {
    const day = 24 * 60;
    assert.equal(waitMinutes(linkThatLives(-1)), day);
    assert.equal(waitMinutes(linkThatLives(14 * day)), day);
    assert.equal(waitMinutes(signedLink({ expiresAt: null })), day);
  });
});
