import { RESTEvents, type REST } from '@discordjs/rest';
import type { Metrics } from '../metrics.ts';

/**
 * How many invalid requests (401, 403, 429) an IP address may send in ten minutes before Discord bans the address.
 * Source: https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
export const MAX_INVALID_REQUESTS = 10_000;

type RestMetrics = Pick<Metrics, 'discordCall' | 'invalidRequestsLeft'>;

/**
 * Counts the responses that a REST client gets, the client's requests without a response, and the invalid requests that
 * Discord still allows.
 */
export function meterRest(rest: REST, metrics: RestMetrics): void {
  meterUnanswered(rest, metrics);
  rest.on(RESTEvents.Response, ({ method, route }, { status }) => {
    metrics.discordCall(`${method} ${route}`, status);
  });
  // discord.js counts invalid requests for all clients of this process. Requests of other processes that
  // share the IP address are not counted.
  rest.options.invalidRequestWarningInterval = 1;
  let refill: NodeJS.Timeout | undefined;
  metrics.invalidRequestsLeft(MAX_INVALID_REQUESTS);
  rest.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) => {
    metrics.invalidRequestsLeft(MAX_INVALID_REQUESTS - count);
    clearTimeout(refill);
    refill = setTimeout(() => {
      metrics.invalidRequestsLeft(MAX_INVALID_REQUESTS);
    }, remainingTime);
    refill.unref();
  });
}

/** discord.js emits no event for a request that failed on the network or timed out. */
function meterUnanswered(rest: REST, metrics: RestMetrics): void {
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

/**
 * Returns the route in the format of discord.js's events, which is without version and query, and with `:id` for each
 * id.
 */
function routeOf(url: string): string {
  return new URL(url).pathname.replace(/^.*?\/v\d+(?=\/)/, '').replace(/\d{17,19}/g, ':id');
}
