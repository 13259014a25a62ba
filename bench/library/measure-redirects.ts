import { randomOf } from '../../test/support/random.ts';
import { median, percentile } from '../support/numbers.ts';
import { runLoad } from './http/run-load.ts';
import { pick } from './archive/pick.ts';

const CLIENTS = 10;
/** The number is odd, so that the median is one of the measured values. */
const ROUNDS = 3;
const REQUESTS_PER_ROUND = 10_000;
const WARM_UP_REQUESTS = 2000;
const SEED = 11;
const FOUND = 302;

export interface Redirects {
  perSecond: number;
  p99Ms: number;
  maxMs: number;
  barePerSecond: number;
  bareP99Ms: number;
}

/**
 * Measures how many redirects per second the library and a bare Hono server answer to ten clients without a pause. The
 * clips are chosen at random among all live clips, so the library's memory of the last links helps little. Rounds of the
 * two servers alternate.
 */
export async function measureRedirects(
  ports: { library: number; bare: number },
  liveIds: readonly string[],
): Promise<Redirects> {
  const random = randomOf(SEED);
  const ask = (port: number, requests: number) =>
    runLoad({
      port,
      clients: CLIENTS,
      paths: Array.from({ length: requests }, () => `/c/${pick(random, liveIds)}.mp4`),
      check(path, { status, location }) {
        if (status !== FOUND || !location?.startsWith('https://cdn.discordapp.com/')) {
          throw new Error(`${path} got the status ${status}`);
        }
      },
    });
  await ask(ports.library, WARM_UP_REQUESTS);
  await ask(ports.bare, WARM_UP_REQUESTS);
  const library = [];
  const bare = [];
  for (let round = 0; round < ROUNDS; round++) {
    library.push(await ask(ports.library, REQUESTS_PER_ROUND));
    bare.push(await ask(ports.bare, REQUESTS_PER_ROUND));
  }
  const libraryMs = library.flatMap(({ answerMs }) => answerMs);
  return {
    perSecond: median(library.map(({ seconds }) => REQUESTS_PER_ROUND / seconds)),
    p99Ms: percentile(libraryMs, 0.99),
    maxMs: percentile(libraryMs, 1),
    barePerSecond: median(bare.map(({ seconds }) => REQUESTS_PER_ROUND / seconds)),
    bareP99Ms: percentile(
      bare.flatMap(({ answerMs }) => answerMs),
      0.99,
    ),
  };
}
