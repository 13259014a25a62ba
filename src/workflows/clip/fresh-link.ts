// The update `freshLink`. Its handler only asks for a refresh and waits; the loop of the clip makes the refresh.
//
// A replay may bring several completions of local activities at once, and may see a later time while local activities
// run (see wait.ts). So the handler never waits with `condition`: the code that changes the state wakes the update, which
// then decides at once. While a local activity runs, the update decides nothing by the time, and the loop wakes the
// update when the last local activity has ended. A local activity takes 8 s at most (src/workflows/proxies.ts).

import {
  allHandlersFinished,
  CancellationScope,
  isCancellation,
  sleep,
  type ApplicationFailure,
} from '@temporalio/workflow';
import { isExpired, leaseOf } from '../../clip/lease.ts';
import { invalidInput, linkRefused } from '../../errors.ts';
import type { FreshLink } from '../messages.ts';
import { formatDuration, isoTime } from '../time-text.ts';
import type { ClipRun, LastFetch } from './life.ts';
import { isTimeSettled, waitUntil } from './wait.ts';

const DEFAULT_MIN_MINUTES = 10;
const MAX_MIN_MINUTES = 1440;
const EXAMPLE = `--input '{"minMinutes":${DEFAULT_MIN_MINUTES}}'`;
const MINUTE_MS = 60 * 1000;

/** If a link's whole lease is shorter than asked, this part of the lease is enough. */
const ENOUGH_OF_LEASE = 1 / 3;

/** An update fails if the refresh takes longer than this, because a refetch may be retried for hours. */
const MAX_WAIT_MS = 30 * 1000;

/** After a refresh, updates cause no further refresh for this long, so that the number of requests stays bounded. */
const PAUSE_MS = MINUTE_MS;
/** After a refresh that succeeded, the pause is shorter if the fetched link is valid only for a short time. */
const PAUSE_OF_LEASE = 1 / 3;
const MIN_PAUSE_MS = 5 * 1000;

/**
 * Refuses an update that can't succeed, which adds no event to the history. The validator doesn't run in a replay, so
 * it must not call `patched`, nor any function that does.
 * @throws InvalidInput, or the failure that `getFreshLink` would throw at once
 */
export function checkLinkRequest(run: ClipRun, input: unknown): void {
  const answer = answerAtOnce(run, minMsOf(input));
  if (answer !== null && !isLink(answer)) throw answer;
}

/**
 * Returns a link that is valid for at least as long as asked. If the clip's link is not, waits for the refresh that is
 * running or that the loop makes next. All waiting updates share one refresh.
 * @throws MessageGone if the clip was deleted; AccessLost if the bot has no access to the channel; LinkUnavailable if the
 * clip was stopped, or if the refresh failed or took too long
 */
export async function getFreshLink(run: ClipRun, input: unknown): Promise<FreshLink> {
  run.updates += 1;
  const minMs = minMsOf(input);
  const answer = answerAtOnce(run, minMs) ?? (await waitForAnswer(run, minMs));
  if (isLink(answer)) return answer;
  throw answer;
}

/** Waits until all updates are answered. Call this before the workflow ends, after `wakeLinkRequests`. */
export async function waitForAnswers(run: ClipRun): Promise<void> {
  await CancellationScope.nonCancellable(() => waitUntil(run, allHandlersFinished));
}

type Answer = FreshLink | ApplicationFailure;

function isLink(answer: Answer): answer is FreshLink {
  return 'url' in answer;
}

/**
 * Returns how long the link must be valid, in milliseconds.
 * @throws InvalidInput with one sentence
 */
function minMsOf(input: unknown): number {
  if (input === undefined || input === null) return DEFAULT_MIN_MINUTES * MINUTE_MS;
  if (typeof input !== 'object' || Array.isArray(input)) {
    throw invalidInput(`the input of freshLink is not an object: write ${EXAMPLE}`);
  }
  // An unknown field is probably misspelt.
  if (Object.keys(input).some((name) => name !== 'minMinutes')) {
    throw invalidInput(`freshLink knows only the field minMinutes: write ${EXAMPLE}`);
  }
  const { minMinutes = DEFAULT_MIN_MINUTES } = input as { minMinutes?: unknown };
  const isValid =
    typeof minMinutes === 'number' && minMinutes >= 0 && minMinutes <= MAX_MIN_MINUTES;
  if (!isValid) {
    throw invalidInput(
      `minMinutes must be a number from 0 to ${MAX_MIN_MINUTES}, without quotes: write ${EXAMPLE}`,
    );
  }
  return minMinutes * MINUTE_MS;
}

/**
 * Returns the answer that is known without a refresh, or null if the update must wait for a refresh or for the end of a
 * local activity.
 */
function answerAtOnce(run: ClipRun, minMs: number): Answer | null {
  if (run.gone || run.ended === 'deleted' || run.ended === 'purged') {
    return linkRefused('MessageGone', 'the message or its attachment was deleted', null);
  }
  if (run.ended === 'stopped' || run.stopping) {
    const advice = 'backfill its channel to start the clip again';
    return linkRefused('LinkUnavailable', `an operator stopped this clip: ${advice}`, null);
  }
  if (!isTimeSettled(run)) return null;
  const nowMs = Date.now();
  const { url } = run.life.clip;
  if (isValidLongEnough(url, minMs, nowMs)) return linkTo(url);
  if (run.refreshDueSinceMs === null) return answerFromLastFetch(run, nowMs);
  const waitedMs = nowMs - run.refreshDueSinceMs;
  return waitedMs < MAX_WAIT_MS ? null : tookTooLong(waitedMs);
}

/** True if the link is valid for as long as asked, or for long enough compared with its lease. */
function isValidLongEnough(url: string, minMs: number, nowMs: number): boolean {
  const lease = leaseOf(url);
  if (lease === null) return true;
  const { issuedAt, expiresAt } = lease;
  const leftMs = expiresAt * 1000 - nowMs;
  if (leftMs <= 0) return false;
  if (leftMs >= minMs) return true;
  const leaseMs = issuedAt === null ? null : (expiresAt - issuedAt) * 1000;
  return leaseMs !== null && leaseMs > 0 && leaseMs <= minMs && leftMs >= leaseMs * ENOUGH_OF_LEASE;
}

function linkTo(url: string): FreshLink {
  return { url, expiresAt: leaseOf(url)?.expiresAt ?? null };
}

/**
 * Returns the outcome of the last refresh, or null if the outcome is so old that an update may cause another refresh.
 * After a refresh that succeeded, the answer is the clip's link, however long it is valid: Discord has no better one.
 */
function answerFromLastFetch({ life }: ClipRun, nowMs: number): Answer | null {
  const { url } = life.clip;
  if (life.lastFetch === undefined) return null;
  const { endedAtMs, failure } = life.lastFetch;
  const retryAtMs = endedAtMs + pauseAfter(life.lastFetch, url);
  if (nowMs >= retryAtMs) return null;
  const advice = `ask again at ${isoTime(retryAtMs + 999)}`;
  switch (failure) {
    case null:
      if (!isExpired(url, nowMs)) return linkTo(url);
      return linkRefused(
        'LinkUnavailable',
        `Discord returned a link that has expired; ${advice}`,
        retryAtMs,
      );
    case 'AccessLost':
      return linkRefused(
        'AccessLost',
        `the bot has no access to the clip's channel: grant it View Channel and Read Message History, then ${advice}`,
        retryAtMs,
      );
    case 'MessageGone':
      return linkRefused(
        'LinkUnavailable',
        `Discord did not find the clip's message, and Everclip will check once more whether it is deleted; ${advice}`,
        retryAtMs,
      );
    default:
      return linkRefused(
        'LinkUnavailable',
        `the last refresh of the link failed (${failure}); ${advice}`,
        retryAtMs,
      );
  }
}

/** Returns for how many milliseconds after a refresh no update causes another refresh. */
function pauseAfter({ endedAtMs, failure }: LastFetch, url: string): number {
  const expiresAt = leaseOf(url)?.expiresAt;
  if (failure !== null || expiresAt === undefined) return PAUSE_MS;
  const validMs = expiresAt * 1000 - endedAtMs;
  if (validMs <= 0) return PAUSE_MS;
  return Math.min(Math.max(validMs * PAUSE_OF_LEASE, MIN_PAUSE_MS), PAUSE_MS);
}

function tookTooLong(waitedMs: number): ApplicationFailure {
  return linkRefused(
    'LinkUnavailable',
    `no fresh link for ${formatDuration(waitedMs)}, and Everclip keeps trying: look at the clip's Pending Activities for the reason`,
    null,
  );
}

/**
 * Waits until the update can be answered or its time is up. Requests a refresh from the loop when the time is settled
 * and the link is still not valid for long enough.
 */
async function waitForAnswer(run: ClipRun, minMs: number): Promise<Answer> {
  // A cancelled clip answers its updates itself.
  return await CancellationScope.nonCancellable(
    () =>
      new Promise<Answer>((resolve) => {
        const timer = new CancellationScope();
        let isTimerSet = false;
        let isTimeUp = false;
        run.linkRequests.add(decide);
        decide();

        function decide(): void {
          const known = answerAtOnce(run, minMs);
          if (known === null && !isTimeSettled(run)) return;
          const answer = known ?? (isTimeUp ? tookTooLong(MAX_WAIT_MS) : null);
          if (answer === null) {
            requestRefresh(run);
            setTimer();
            return;
          }
          run.linkRequests.delete(decide);
          timer.cancel();
          resolve(answer);
        }

        function setTimer(): void {
          if (isTimerSet) return;
          isTimerSet = true;
          timer
            .run(() => sleep(timeLeftMs(run), { summary: 'until freshLink gives up' }))
            .then(() => {
              isTimeUp = true;
              decide();
            })
            .catch((error: unknown) => {
              if (!isCancellation(error)) throw error;
            });
        }
      }),
  );
}

/** Returns for how many milliseconds an update may still wait for the refresh that is running or requested. */
function timeLeftMs({ refreshDueSinceMs }: ClipRun): number {
  const nowMs = Date.now();
  return Math.max((refreshDueSinceMs ?? nowMs) + MAX_WAIT_MS - nowMs, 1);
}

function requestRefresh(run: ClipRun): void {
  run.refreshDueSinceMs ??= Date.now();
  if (!run.refreshing) run.refreshWanted = true;
}
