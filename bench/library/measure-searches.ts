import { randomOf } from '../../test/support/random.ts';
import { percentile } from '../support/numbers.ts';
import { runLoad } from './http/run-load.ts';
import { newPathOf, pathOf, QUERY_KINDS, type QueryKind } from './queries.ts';

/** How many readers search at the same time in the second part. */
const CLIENTS = 10;
const ROUNDS_OF_ONE = 3;
const ROUNDS_OF_TEN = 10;
const SEED = 7;

export interface Times {
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
}

export interface Searches {
  /** With one client, if each search is new to the library. */
  one: Times;
  /** With ten clients that ask the given searches again and again. */
  ten: Times;
  /** With ten clients, if each search is new to the library, so that the library remembers no page. */
  tenNew: Times;
  /** Answers per second with ten clients. */
  perSecond: number;
  /** With ten clients, if each search is new. */
  byKind: Record<QueryKind['kind'], Times>;
  /** The search whose median is the slowest with one client. */
  slowest: { query: string; ms: number };
}

interface Search {
  kind: QueryKind['kind'];
  query: string;
  path: string;
}

/**
 * Measures how long the pages of the given searches take, first for one reader, then for ten who search without a pause.
 * Each round asks every search once, in another order, so that the readers ask different searches at the same time. The
 * library remembers pages for two seconds. So ten readers are measured twice: with the same searches again and again, and
 * with searches that are all new. The searches of the one reader are all new.
 */
export async function measureSearches(port: number): Promise<Searches> {
  const searches = QUERY_KINDS.flatMap(({ kind, queries }) =>
    queries.map((query): Search => ({ kind, query, path: pathOf(kind, query) })),
  );
  await askRounds(port, { searches, rounds: 1, clients: 1 });
  const one = await askRounds(port, {
    searches,
    rounds: ROUNDS_OF_ONE,
    clients: 1,
    firstNumber: ROUNDS_OF_TEN * searches.length,
  });
  const ten = await askRounds(port, { searches, rounds: ROUNDS_OF_TEN, clients: CLIENTS });
  const tenNew = await askRounds(port, {
    searches,
    rounds: ROUNDS_OF_TEN,
    clients: CLIENTS,
    firstNumber: 0,
  });
  const kinds = QUERY_KINDS.map(({ kind }): [QueryKind['kind'], Times] => [
    kind,
    summarize(tenNew.answers.filter(({ search }) => search.kind === kind)),
  ]);
  return {
    one: summarize(one.answers),
    ten: summarize(ten.answers),
    tenNew: summarize(tenNew.answers),
    perSecond: ten.answers.length / ten.seconds,
    byKind: Object.fromEntries(kinds) as Searches['byKind'],
    slowest: findSlowest(searches, one.answers),
  };
}

interface Answered {
  search: Search;
  ms: number;
}

/** If `firstNumber` is not null, each search is new to the library, and the numbers make the searches unique. */
async function askRounds(
  port: number,
  {
    searches,
    rounds,
    clients,
    firstNumber = null,
  }: { searches: Search[]; rounds: number; clients: number; firstNumber?: number | null },
): Promise<{ answers: Answered[]; seconds: number }> {
  const random = randomOf(SEED);
  const asked = Array.from({ length: rounds }, () => shuffle(random, searches)).flat();
  const { answerMs, seconds } = await runLoad({
    port,
    clients,
    paths: asked.map(({ path }, index) =>
      firstNumber === null ? path : newPathOf(path, firstNumber + index),
    ),
    check(path, { status }) {
      if (status !== 200) throw new Error(`${path} got the status ${status}`);
    },
  });
  return {
    answers: asked.map((search, index) => ({ search, ms: answerMs[index] ?? NaN })),
    seconds,
  };
}

function shuffle<T>(random: () => number, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function summarize(answers: readonly Answered[]): Times {
  const times = answers.map(({ ms }) => ms);
  return {
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    maxMs: percentile(times, 1),
  };
}

function findSlowest(
  searches: readonly Search[],
  answers: readonly Answered[],
): Searches['slowest'] {
  const medians = searches.map(({ query, path }) => ({
    query,
    ms: percentile(
      answers.filter(({ search }) => search.path === path).map(({ ms }) => ms),
      0.5,
    ),
  }));
  return medians.reduce((slowest, each) => (each.ms > slowest.ms ? each : slowest));
}
