import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureLanes } from '../../bench/backfill/lanes.ts';

const START_MS = Date.UTC(2026, 0, 1);
const ANSWER_MS = 100;

/** A logged request, with its times in milliseconds after the start. */
const entry = (request: string, fromMs: number, toMs: number) => ({
  at: START_MS + fromMs,
  answeredAt: START_MS + toMs,
  route: '',
  request: `GET ${request}`,
  status: 200,
  bytes: 0,
});
const page = (channel: number, fromMs: number, toMs: number) =>
  entry(`/channels/${channel}/messages?limit=100&before=9`, fromMs, toMs);

test('the time of the lanes of a backfill is divided into answers, gaps and the time before and after', () => {
  const log = [
    page(1, 200, 300),
    page(2, 250, 400),
    // The answer is late, and the request came 50 ms after the answer before it.
    page(1, 350, 500),
    entry('/channels/1/messages/7', 500, 600),
    // The lane of channel 2 reads channel 3 after 300 ms.
    page(3, 700, 800),
    entry('/channels/1/messages?limit=100&after=5', 900, 950),
    entry('/channels/1', 900, 950),
  ];
  const times = measureLanes(log, {
    fromMs: START_MS,
    toMs: START_MS + 1000,
    answerMs: ANSWER_MS,
    lanes: 2,
  });
  assert.deepEqual(times, {
    answers: 0.4,
    slowAnswers: 0.1,
    betweenPages: 0.05,
    betweenPlaces: 0.4,
    proofs: 0.1,
    beforeFirst: 0.45,
    afterLast: 0.6,
  });
  const { proofs: _, ...parts } = times;
  const sum = Object.values(parts).reduce((before, each) => before + each, 0);
  assert.equal(Math.round(sum * 1000), 2 * 1000, 'two lanes of one second');
});

test('a page that was requested before the answer to the page before it leaves no gap', () => {
  const times = measureLanes([page(1, 0, 100), page(1, 50, 200)], {
    fromMs: START_MS,
    toMs: START_MS + 200,
    answerMs: ANSWER_MS,
    lanes: 1,
  });
  assert.deepEqual([times.answers, times.betweenPages, times.afterLast], [0.2, 0, 0]);
});
