import { RESTEvents, type REST } from 'discord.js';
import type { Metrics } from '../metrics.ts';

/** Of invalid requests (401, 403, 429) in ten minutes, after which Discord bans the address. */
export const INVALID_REQUESTS_ALLOWED = 10_000;

type RestMetrics = Pick<Metrics, 'discordCall' | 'invalidRequestsLeft'>;

/** Counts a REST client's answers, requests that got none, and what its invalid ones leave of the budget. */
export function meterRest(rest: REST, metrics: RestMetrics): void {
  countUnanswered(rest, metrics);
  rest.on(RESTEvents.Response, ({ method, route }, { status }) => {
    metrics.discordCall(`${method} ${route}`, status);
  });
  // discord.js counts them itself, for all clients of this process; other processes of the address have theirs.
  rest.options.invalidRequestWarningInterval = 1;
  let refill: NodeJS.Timeout | undefined;
  metrics.invalidRequestsLeft(INVALID_REQUESTS_ALLOWED);
  rest.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) => {
    metrics.invalidRequestsLeft(INVALID_REQUESTS_ALLOWED - count);
    clearTimeout(refill);
    refill = setTimeout(() => {
      metrics.invalidRequestsLeft(INVALID_REQUESTS_ALLOWED);
    }, remainingTime);
    refill.unref();
  });
}

/** No event of discord.js tells of a request that the network ate, or that nobody answered in time. */
function countUnanswered(rest: REST, metrics: RestMetrics): void {
  const makeRequest = rest.options.makeRequest.bind(rest.options);
  rest.options.makeRequest = async (url, init) => {
    try {
      return await makeRequest(url, init);
    } catch (error) {
      metrics.discordCall(`${init.method ?? 'GET'} ${routeOf(url)}`, 'none');
      throw error;
    }
  };
}

/** The route as discord.js names it in its events: without version, query and ids. */
const routeOf = (url: string): string =>
  new URL(url).pathname.replace(/^.*?\/v\d+(?=\/)/, '').replace(/\d{17,19}/g, ':id');
