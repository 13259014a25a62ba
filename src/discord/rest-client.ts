import { REST, type RateLimitData } from 'discord.js';
import { serviceFailed } from '../errors.ts';
import { noMetrics, type Metrics } from '../metrics.ts';
import { answerFailure, requestFailure } from './failures.ts';
import { meterRest } from './meter-rest.ts';
import { recordAnswers, type RecordedCall } from './record-answers.ts';
import { createRefusals } from './refusals.ts';
import { isDiscordUrl } from './verdict.ts';

export interface DiscordOptions {
  token: string;
  /** The API's URL without a version, such as `https://discord.com/api`. */
  apiUrl: string;
  requestsPerSecond: number;
  /** How long Discord may take to start its response. A whole call may take twice as long. */
  timeoutMs?: number;
  metrics?: Pick<Metrics, 'discordCall' | 'invalidRequestsLeft' | 'contentMissing'>;
}

/**
 * Sends one GET request and returns its JSON. If Discord recently denied access to the channel `channelId`, no request
 * is sent.
 * @throws only failures of `errors.ts`
 */
export type Get = <T>(
  path: `/${string}`,
  options?: { channelId?: string; query?: Record<string, string> },
) => Promise<T>;

/** The failure message for a response with status 200 that is not in Discord's format. */
export const NOT_DISCORD = 'the server at DISCORD_API_URL did not answer like Discord';

const DEFAULT_TIMEOUT_MS = 15_000;

/** Everclip's own limit resets every second. The additional 100 ms allow for late timers. */
const MAX_OWN_WAIT_MS = 1100;

/**
 * True for Everclip's own limit of requests per second. discord.js waits until this limit resets. Calls must not fail
 * because of this limit. Otherwise, work that needs more successive requests than the limit allows could never finish.
 * discord.js reports this limit as global with the scope `user`.
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
    // A call neither retries nor waits: Temporal retries, and a waiting call would occupy an activity slot.
    retries: 0,
    timeout: timeoutMs,
    rejectOnRateLimit: (limit) => !isOwnLimit(limit),
  });
  meterRest(rest, metrics);
  const record = recordAnswers(rest);
  const isDiscord = isDiscordUrl(apiUrl);
  const refusals = createRefusals();
  return async <T>(
    path: `/${string}`,
    { channelId = '', query = {} }: { channelId?: string; query?: Record<string, string> } = {},
  ): Promise<T> => {
    refusals.check(channelId);
    // discord.js drops its token after a 401.
    rest.setToken(token);
    // discord.js's own timeout includes neither the wait for other requests to the same route nor the reading of the
    // body.
    const signal = AbortSignal.timeout(2 * timeoutMs);
    const route = `GET ${path}`;
    const call: RecordedCall = { answer: null };
    try {
      const answer = await record(call, () =>
        rest.get(path, { query: new URLSearchParams(query), signal }),
      );
      // An answer that is not JSON comes from a server between Everclip and Discord, such as a proxy with a sign-in
      // page.
      if (typeof answer !== 'object' || answer === null || answer instanceof ArrayBuffer) {
        throw serviceFailed(NOT_DISCORD, { route });
      }
      refusals.clear(channelId);
      return answer as T;
    } catch (error) {
      const failure =
        call.answer && !signal.aborted
          ? answerFailure({ ...call.answer, route, isDiscord })
          : requestFailure(signal.aborted ? signal.reason : error, route);
      refusals.note(channelId, failure);
      throw failure;
    }
  };
}
