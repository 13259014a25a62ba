import { RESTEvents, type REST } from 'discord.js';
import type { Metrics } from '../metrics.ts';

/**
 * Invalid requests (401, 403, 429) that Discord allows an IP address in ten minutes before it bans it.
 * Source: https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
export const MAX_INVALID_REQUESTS = 10_000;

type RestMetrics = Pick<Metrics, 'discordCall' | 'invalidRequestsLeft'>;

/** Counts a REST client's answers, its unanswered requests and its remaining invalid requests. */
export function meterRest(rest: REST, metrics: RestMetrics): void {
  meterUnanswered(rest, metrics);
  rest.on(RESTEvents.Response, ({ method, route }, { status }) => {
    metrics.discordCall(`${method} ${route}`, status);
  });
  // discord.js counts invalid requests for all clients of this process. Other processes that share the
  // address are not counted.
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

/** Returns the route as discord.js's events name it: without version, query and ids. */
function routeOf(url: string): string {
  return new URL(url).pathname.replace(/^.*?\/v\d+(?=\/)/, '').replace(/\d{17,19}/g, ':id');
}
