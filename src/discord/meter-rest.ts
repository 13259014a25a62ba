import { RESTEvents, type REST } from 'discord.js';
import type { Metrics } from '../metrics.ts';

/** Of invalid requests (401, 403, 429) in ten minutes, after which Discord bans the address. */
export const INVALID_REQUESTS_ALLOWED = 10_000;

/** Counts a REST client's answers, and what its invalid ones leave of the budget. */
export function meterRest(
  rest: REST,
  metrics: Pick<Metrics, 'discordCall' | 'invalidRequestsLeft'>,
): void {
  // The client counts them itself, for this process; other processes of the same address have theirs.
  rest.options.invalidRequestWarningInterval = 1;
  let refill: NodeJS.Timeout | undefined;
  metrics.invalidRequestsLeft(INVALID_REQUESTS_ALLOWED);
  rest.on(RESTEvents.Response, ({ method, route }, { status }) => {
    metrics.discordCall(`${method} ${route}`, status);
  });
  rest.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) => {
    metrics.invalidRequestsLeft(INVALID_REQUESTS_ALLOWED - count);
    clearTimeout(refill);
    refill = setTimeout(() => {
      metrics.invalidRequestsLeft(INVALID_REQUESTS_ALLOWED);
    }, remainingTime);
    refill.unref();
  });
}
