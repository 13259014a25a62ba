import { REST } from '@discordjs/rest';
import { serviceFailed } from '../errors.ts';
import type { Logger } from '../log.ts';
import { noMetrics, type Metrics } from '../metrics.ts';
import { boundWaits } from './limits/bounded-waits.ts';
import { createAddressQuiet } from './limits/address-quiet.ts';
import { createChannelTurns } from './limits/channel-turns.ts';
import { answerFailure, requestFailure } from './failures.ts';
import { meterRest } from './meter-rest.ts';
import { createPace } from './limits/pace.ts';
import { recordAnswers, type RecordedCall } from './record-answers.ts';
import { createRefusals, type OldDenials } from './refusals.ts';
import { shareInFlight } from './limits/share-in-flight.ts';
import { isDiscordUrl, judgeAnswer, type Answer } from './verdict.ts';

export interface DiscordOptions {
  token: string;
  /** The API's URL without a version, such as `https://discord.com/api`. */
  apiUrl: string;
  requestsPerSecond: number;
  /** How long Discord may take to start its response. A whole call may take twice as long. */
  timeoutMs?: number;
  log?: Pick<Logger, 'info' | 'warn'>;
  metrics?: Pick<Metrics, 'discordCall' | 'invalidRequestsLeft' | 'contentMissing'>;
}

/**
 * Sends one GET request and returns its JSON. No request is sent if Discord recently denied access to the channel
 * `channelId`, or if a request for this channel was refused for no clear reason. With `waitsForAccess`, an old denial
 * does not count as an answer: the failure then says when the request may be sent.
 * @throws only failures of `errors.ts`
 */
export type Get = <T>(
  path: `/${string}`,
  options?: { channelId?: string; query?: Record<string, string>; waitsForAccess?: OldDenials },
) => Promise<T>;

/** The failure message for a response with status 200 that is not in Discord's format. */
export const NOT_DISCORD = 'the server at DISCORD_API_URL did not answer like Discord';

const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * Wraps discord.js's REST client, which learns the limits of each route from response headers.
 *
 * A process needs only one, because the limits of the bot and of the IP address hold for all of its requests. A call
 * ends within twice `timeoutMs`, even if Discord asks for a longer wait. Temporal retries the call later, and a waiting
 * call would hold an activity slot.
 */
export function createGet({
  token,
  apiUrl,
  requestsPerSecond,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  log,
  metrics = noMetrics,
}: DiscordOptions): Get {
  const rest = new REST({
    api: apiUrl,
    version: '10',
    // `pace` limits the requests. discord.js's own limit lets waiting calls overtake each other. While that limit is
    // used up, discord.js mistakes Discord's 429 for its own limit, and the call sleeps for the whole time in
    // Retry-After.
    globalRequestsPerSecond: Infinity,
    retries: 0,
    timeout: timeoutMs,
    rejectOnRateLimit: () => true,
  });
  // Without this promise, discord.js starts a timer for the whole time in Retry-After. Nobody awaits this timer, but it
  // keeps the process alive.
  rest.globalDelay = Promise.resolve();
  const quiet = createAddressQuiet({ log });
  const turns = createChannelTurns();
  const pace = createPace(requestsPerSecond);
  const refusals = createRefusals();
  const isDiscord = isDiscordUrl(apiUrl);
  boundWaits(rest);
  meterRest(rest, metrics);
  // Call sendUnlessQuiet after meterRest, so that requests that are not sent do not count as unanswered.
  sendUnlessQuiet();
  const record = recordAnswers(rest);

  /** Stops the requests that waited in discord.js's queue when the quiet time began. */
  function sendUnlessQuiet(): void {
    const makeRequest = rest.options.makeRequest.bind(rest.options);
    rest.options.makeRequest = async (url, init) => {
      quiet.check(`${init.method ?? 'GET'} ${new URL(url).pathname}`);
      return await makeRequest(url, init);
    };
  }

  /**
   * Sends the request. If Discord or a server in between does not answer with success, throws the failure for that
   * answer.
   */
  async function send(
    path: `/${string}`,
    query: Record<string, string>,
    call: RecordedCall,
  ): Promise<object> {
    const route = `GET ${path}`;
    // discord.js's own timeout includes neither the wait for other requests to the same route nor the reading of the
    // body.
    const signal = AbortSignal.timeout(2 * timeoutMs);
    await pace.wait(route, timeoutMs);
    quiet.enter(route);
    // Set the token before each request, because discord.js drops its token after a 401.
    rest.setToken(token);
    try {
      const answer = await record(call, () =>
        rest.get(path, { query: new URLSearchParams(query), signal }),
      );
      // An answer that is not JSON comes from a server between Everclip and Discord, such as a proxy with a sign-in
      // page.
      if (typeof answer !== 'object' || answer === null || answer instanceof ArrayBuffer) {
        throw serviceFailed(NOT_DISCORD, { route });
      }
      quiet.answered();
      return answer;
    } catch (error) {
      if (call.answer === null || signal.aborted) {
        throw requestFailure(signal.aborted ? signal.reason : error, route);
      }
      throw answerFailure({ ...call.answer, route, isDiscord });
    }
  }

  function noteAddress(answer: Answer): void {
    const verdict = judgeAnswer(answer);
    const isRefusal = verdict.kind === 'rateLimited' && verdict.scope === 'address';
    if (isRefusal) quiet.refused(answerFailure(answer));
    else quiet.answered();
  }

  async function sendInTurn<T>(...[path, options = {}]: Parameters<Get>): Promise<T> {
    const { channelId = '', query = {}, waitsForAccess } = options;
    const route = `GET ${path}`;
    const target = { channelId, path };
    const call: RecordedCall = {
      answer: null,
      onAnswer(answer) {
        noteAddress({ ...answer, route, isDiscord });
      },
    };
    quiet.check(route);
    refusals.check(target, { waitsForAccess });
    const askedAtMs = Date.now();
    const leave = turns.enter(channelId, route);
    try {
      const answer = await send(path, query, call);
      refusals.clear(target);
      return answer as T;
    } catch (error) {
      refusals.note(target, error, call.answer?.status, askedAtMs);
      throw error;
    } finally {
      leave();
    }
  }

  return shareInFlight(sendInTurn, (path, options = {}) =>
    turns.join(options.channelId ?? '', `GET ${path}`),
  );
}
