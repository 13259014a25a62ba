import { REST, type RateLimitData } from 'discord.js';
import { serviceFailed } from '../errors.ts';
import { noMetrics, type Metrics } from '../metrics.ts';
import { discordFailure } from './failures.ts';
import { meterRest } from './meter-rest.ts';
import { createRefusals } from './refusals.ts';

export interface DiscordOptions {
  token: string;
  /** Without a version, such as `https://discord.com/api`. */
  apiUrl: string;
  requestsPerSecond: number;
  /** How long Discord may take to start its answer; a whole call may take twice as long. */
  timeoutMs?: number;
  metrics?: Pick<Metrics, 'discordCall' | 'invalidRequestsLeft'>;
}

/**
 * Sends one GET request and returns its JSON. `channelId` names the channel whose refusals apply.
 * @throws only failures of `errors.ts`
 */
export type Get = <T>(
  path: `/${string}`,
  options?: { channelId?: string; query?: Record<string, string> },
) => Promise<T>;

/** What to say about a 200 that does not have the shape of Discord's answer. */
export const NOT_DISCORD = 'the server at DISCORD_API_URL did not answer like Discord';

const DEFAULT_TIMEOUT_MS = 15_000;

/** Our own limit resets every second; the rest is tolerance for timers. */
const MAX_OWN_WAIT_MS = 1100;

/**
 * True if the limit is our own number of requests a second, which discord.js waits out. If a call failed
 * there instead, work that needs five requests in a row would start over forever under a lower limit.
 * discord.js reports our own limit as global with the scope `user`.
 */
function isOwnLimit({ global, scope, timeToReset }: RateLimitData): boolean {
  return global && scope === 'user' && timeToReset <= MAX_OWN_WAIT_MS;
}

/** Wraps discord.js's REST client, which learns the limits of each route from response headers. */
export function createGet({
  token,
  apiUrl,
  requestsPerSecond,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  metrics = noMetrics,
}: DiscordOptions): Get {
  const rest = new REST({
    api: apiUrl,
    version: '10',
    globalRequestsPerSecond: Math.max(1, Math.floor(requestsPerSecond)),
    // Temporal retries, and a wait must not occupy an activity slot, so a call does neither.
    retries: 0,
    timeout: timeoutMs,
    rejectOnRateLimit: (limit) => !isOwnLimit(limit),
  });
  meterRest(rest, metrics);
  const refusals = createRefusals();
  return async <T>(
    path: `/${string}`,
    { channelId = '', query = {} }: { channelId?: string; query?: Record<string, string> } = {},
  ): Promise<T> => {
    refusals.check(channelId);
    // discord.js drops its token after a 401.
    rest.setToken(token);
    // discord.js's own timeout covers neither the wait behind other requests of the route nor the body.
    const signal = AbortSignal.timeout(2 * timeoutMs);
    try {
      const answer = await rest.get(path, { query: new URLSearchParams(query), signal });
      // An answer that is not JSON comes from a server in between, such as a sign-in page.
      if (typeof answer !== 'object' || answer === null || answer instanceof ArrayBuffer) {
        throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
      }
      refusals.clear(channelId);
      return answer as T;
    } catch (error) {
      const failure = discordFailure(signal.aborted ? signal.reason : error, `GET ${path}`);
      refusals.note(channelId, failure);
      throw failure;
    }
  };
}
