import { REST, type RateLimitData } from 'discord.js';
import { serviceFailed } from '../errors.ts';
import { noMetrics, type Metrics } from '../metrics.ts';
import { discordFailure } from './failures.ts';
import { meterRest } from './meter-rest.ts';
import { createRefusals } from './refusals.ts';

export interface DiscordOptions {
  token: string;
  /** Such as `https://discord.com/api`. */
  apiUrl: string;
  requestsPerSecond: number;
  /** How long Discord may take to begin an answer; a whole call may take twice as long. */
  timeoutMs?: number;
  metrics?: Pick<Metrics, 'discordCall' | 'invalidRequestsLeft'>;
}

/** One GET; `channelId` is the channel whose refusals count for it. Throws failures of ours alone. */
export type Get = <T>(
  path: `/${string}`,
  options?: { channelId?: string; query?: Record<string, string> },
) => Promise<T>;

/**
 * Our own limit a second is waited out, for at most a second: who needs five requests in a row would
 * with a lower limit begin again for ever. discord.js tells it from Discord's by the scope.
 */
const isOurOwn = ({ global, scope, timeToReset }: RateLimitData): boolean =>
  global && scope === 'user' && timeToReset <= 1100;

/** discord.js's REST client, which knows the limits of each route from their headers. */
export function createGet({
  token,
  apiUrl,
  requestsPerSecond,
  timeoutMs = 15_000,
  metrics = noMetrics,
}: DiscordOptions): Get {
  const rest = new REST({
    api: apiUrl,
    version: '10',
    globalRequestsPerSecond: Math.max(1, Math.floor(requestsPerSecond)),
    // Temporal retries, and a wait must not hold an activity's slot: so neither happens inside a call.
    retries: 0,
    timeout: timeoutMs,
    rejectOnRateLimit: (limit) => !isOurOwn(limit),
  });
  meterRest(rest, metrics);
  const refusals = createRefusals();
  return async <T>(
    path: `/${string}`,
    { channelId = '', query = {} }: { channelId?: string; query?: Record<string, string> } = {},
  ): Promise<T> => {
    refusals.check(channelId);
    // discord.js forgets a token that was once rejected.
    rest.setToken(token);
    // Its own time-out covers neither the wait behind other requests of the route nor the body.
    const signal = AbortSignal.timeout(2 * timeoutMs);
    try {
      const answer = await rest.get(path, { query: new URLSearchParams(query), signal });
      // What is no JSON comes from something in between, such as a page to sign in on.
      if (typeof answer !== 'object' || answer === null || answer instanceof ArrayBuffer) {
        throw serviceFailed('what answers is no Discord', { route: `GET ${path}` });
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
