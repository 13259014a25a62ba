import type { LoggedRequest } from '../../src/emulator/stats.ts';

const HISTORY = /^GET \/channels\/(\d+)\/messages\?(.*)$/;
/** The request for one message that proves that an empty page is the end of a history. */
const SINGLE_MESSAGE = /^GET \/channels\/(\d+)\/messages\/\d+$/;

/** Where the lanes of a backfill spent their time, in seconds. All lanes together. */
export interface LaneTimes {
  /** The answers to pages of history, as long as Discord is told to take. */
  answers: number;
  /** What these answers took beyond that, because the processors were busy. */
  slowAnswers: number;
  /** From the answer to a page until the request for the next page of the same place. */
  betweenPages: number;
  /** From the last page of a place until the lane's next place is requested. This includes the proof of the end. */
  betweenPlaces: number;
  /** The part of `betweenPlaces` in which the end of the history was proven. */
  proofs: number;
  /** From the start of the backfill until the lane's first request. */
  beforeFirst: number;
  /** From the lane's last answer until the end of the backfill. */
  afterLast: number;
}

interface Place {
  startMs: number;
  endMs: number;
  pages: { at: number; answeredAt: number }[];
  proofMs: number;
}

/** Assigns the places to `lanes` lanes in the order in which they were read, and adds up what the lanes did. */
export function measureLanes(
  log: readonly Readonly<LoggedRequest>[],
  {
    fromMs,
    toMs,
    answerMs,
    lanes,
  }: { fromMs: number; toMs: number; answerMs: number; lanes: number },
): LaneTimes {
  const places = findPlaces(log, fromMs, toMs);
  const times: LaneTimes = {
    answers: 0,
    slowAnswers: 0,
    betweenPages: 0,
    betweenPlaces: 0,
    proofs: 0,
    beforeFirst: 0,
    afterLast: 0,
  };
  const freeAtMs = Array<number>(lanes).fill(fromMs);
  const isUsed = Array<boolean>(lanes).fill(false);
  for (const { startMs, endMs, pages, proofMs } of places) {
    const lane = freeAtMs.indexOf(Math.min(...freeAtMs));
    const freeMs = freeAtMs[lane] ?? fromMs;
    times[isUsed[lane] ? 'betweenPlaces' : 'beforeFirst'] += startMs - freeMs;
    isUsed[lane] = true;
    let reachedMs = startMs;
    for (const { at, answeredAt } of pages) {
      times.betweenPages += Math.max(0, at - reachedMs);
      const tookMs = Math.max(0, answeredAt - Math.max(at, reachedMs));
      times.answers += Math.min(tookMs, answerMs);
      times.slowAnswers += Math.max(0, tookMs - answerMs);
      reachedMs = Math.max(reachedMs, answeredAt);
    }
    times.proofs += proofMs;
    times.betweenPlaces += Math.max(0, endMs - reachedMs);
    freeAtMs[lane] = Math.max(endMs, reachedMs);
  }
  for (const freeMs of freeAtMs) times.afterLast += toMs - freeMs;
  for (const name of Object.keys(times) as (keyof LaneTimes)[]) times[name] /= 1000;
  return times;
}

/** Returns the places in the order of their first requests. A sweep's requests have `after` and are left out. */
function findPlaces(
  log: readonly Readonly<LoggedRequest>[],
  fromMs: number,
  toMs: number,
): Place[] {
  const places = new Map<string, Place>();
  for (const { request, at, answeredAt } of log) {
    if (at < fromMs || at > toMs) continue;
    const [, pageOf, query = ''] = HISTORY.exec(request) ?? [];
    const [, proofOf] = SINGLE_MESSAGE.exec(request) ?? [];
    const id = pageOf ?? proofOf;
    if (id === undefined || query.includes('after=')) continue;
    const place = places.get(id) ?? { startMs: at, endMs: at, pages: [], proofMs: 0 };
    places.set(id, place);
    place.endMs = Math.max(place.endMs, answeredAt);
    if (pageOf === undefined) place.proofMs += answeredAt - at;
    else place.pages.push({ at, answeredAt });
  }
  return [...places.values()];
}
