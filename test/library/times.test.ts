import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeTime } from '../../src/library/pages/relative-time.ts';
import { dayOf, earlierDays } from '../../src/library/search/same-day.ts';

const NOW_MS = Date.UTC(2025, 4, 1, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('a time is shown in the largest unit that fits', () => {
  const cases: [number, string][] = [
    [-DAY_MS, 'now'],
    [59_000, 'now'],
    [MINUTE_MS, '1 min'],
    [HOUR_MS - 1, '59 min'],
    [23 * HOUR_MS, '23 h'],
    [3 * DAY_MS, '3 d'],
    [7 * DAY_MS, '1 w'],
    [29 * DAY_MS, '4 w'],
    [31 * DAY_MS, '1 mo'],
    [364 * DAY_MS, '11 mo'],
    [800 * DAY_MS, '2 y'],
    [Number.NaN, ''],
  ];
  for (const [passedMs, text] of cases) assert.equal(relativeTime(NOW_MS - passedMs, NOW_MS), text);
});

test('the same day of earlier years begins and ends at midnight in LIBRARY_TIME_ZONE', () => {
  const zone = 'Europe/Berlin';
  assert.equal(dayOf(Date.UTC(2025, 3, 30, 22, 30), zone), '2025-05-01');
  const [lastYear] = earlierDays('2025-05-01', zone);
  assert.deepEqual(lastYear, {
    yearsAgo: 1,
    fromMs: Date.parse('2024-05-01T00:00:00+02:00'),
    toMs: Date.parse('2024-05-02T00:00:00+02:00'),
  });
  // The clocks were put forward on this day, so it has 23 hours.
  const [short] = earlierDays('2025-03-31', zone);
  assert.equal((short?.toMs ?? 0) - (short?.fromMs ?? 0), 23 * HOUR_MS);
});

test('a day whose midnight the clocks skip begins when the clocks change', () => {
  // In São Paulo, 23:59:59 on 3 November 2018 was followed by 01:00:00 on 4 November.
  const zone = 'America/Sao_Paulo';
  const changeMs = Date.parse('2018-11-04T03:00:00Z');
  assert.equal(earlierDays('2019-11-04', zone)[0]?.fromMs, changeMs);
  assert.equal(earlierDays('2019-11-03', zone)[0]?.toMs, changeMs);
  // East of Greenwich, where the clocks of Beirut change in the same way.
  const [beirut] = earlierDays('2025-03-31', 'Asia/Beirut');
  assert.equal(beirut?.fromMs, Date.parse('2024-03-30T22:00:00Z'));
});

test('only leap years have a 29 February, and no day is before Discord', () => {
  const days = earlierDays('2028-02-29', 'UTC').map(({ yearsAgo }) => yearsAgo);
  assert.deepEqual(days, [4, 8, 12]);
  assert.equal(earlierDays('2015-05-01', 'UTC').length, 0);
});
