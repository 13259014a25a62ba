import { BoundedMap } from '../../bounded-map.ts';
import { messageOf } from '../../errors.ts';
import type { FreshLinkAnswer, LibraryParts } from '../ports.ts';
import { DeadlineExceeded, withDeadline } from '../support/deadline.ts';
import { Limiter, TooBusy } from '../support/limiter.ts';
import { SingleFlight } from '../support/single-flight.ts';

/** How long a reader waits for a fresh link if the link at hand has expired, in milliseconds. */
export const MAX_WAIT_MS = 5000;
/** Each request may cause a request to Discord, so strangers must not be able to start many of them. */
export const MAX_AT_A_TIME = 20;
/** More requests than this would not get their turn within MAX_WAIT_MS. */
const MAX_WAITING = 200;

/** After a failure, the clip's workflow is not asked again for this time, which doubles with each failure. */
export const FIRST_PAUSE_MS = 60 * 1000;
export const MAX_PAUSE_MS = 60 * 60 * 1000;
/** If Temporal or the worker does not answer, the clip is not at fault, so the pause is short and does not double. */
export const BUSY_PAUSE_MS = 1000;
/** The number of clips whose failures are remembered. */
const MAX_FAILURES = 10_000;

interface Failure {
  /** When the clip's workflow was asked, epoch milliseconds; null if the workflow did not answer. */
  triedAtMs: number | null;
  /** The pause that the next failure doubles. */
  pauseMs: number;
  /** The pause that the next late link doubles; 0 if the last link was not late. */
  latePauseMs: number;
  untilMs: number;
  isGone: boolean;
}

/** A fresh link with the place to which a redirect may lead, or the time after which it makes sense to ask again. */
export type Freshened =
  | { kind: 'link'; url: string; expiresAtMs: number | null; location: string }
  | { kind: 'gone' }
  | { kind: 'none'; retryAfterMs: number };

/**
 * What a link is good for:
 * - `location`: a redirect may lead there
 * - `late`: the link was good, but the answer took so long that readers can't follow the link any more
 * - `refused`: no redirect may lead there
 */
export type Judgement = { kind: 'location'; location: string } | { kind: 'late' | 'refused' };

interface AskOptions {
  minMinutes: number;
  /** True if readers can't follow the link at hand. Such a request begins before the others that wait. */
  isUrgent: boolean;
  judge: (link: { url: string; expiresAtMs: number | null }) => Judgement;
}

/** Asks the workflows of clips for fresh links, but not too often. */
export class FreshLinks {
  readonly #parts: Pick<LibraryParts, 'links' | 'metrics' | 'now'>;
  readonly #flights = new SingleFlight<Freshened>();
  readonly #limiter = new Limiter({ maxRunning: MAX_AT_A_TIME, maxWaiting: MAX_WAITING });
  readonly #failures: BoundedMap<string, Failure>;

  constructor(
    parts: Pick<LibraryParts, 'links' | 'metrics' | 'now'>,
    { maxFailures = MAX_FAILURES } = {},
  ) {
    this.#parts = parts;
    this.#failures = new BoundedMap(maxFailures);
  }

  /**
   * Returns a link that is valid for at least `minMinutes`. A link that `judge` refuses counts as a failure of the clip,
   * and a link that is late as an answer that did not come in time, but the pause doubles too, up to FIRST_PAUSE_MS. A
   * clock that is wrong would make all links late. Never throws.
   */
  async ask(clipId: string, options: AskOptions): Promise<Freshened> {
    const failure = this.#failures.get(clipId);
    const leftMs = (failure?.untilMs ?? 0) - this.#parts.now();
    if (failure !== undefined && leftMs > 0) {
      return failure.isGone ? { kind: 'gone' } : { kind: 'none', retryAfterMs: leftMs };
    }
    return await this.#flights.run(clipId, () => this.#ask(clipId, options));
  }

  /**
   * Returns when Discord last had no link for the clip, epoch milliseconds. Returns null if the next request asks again,
   * or if nothing is known.
   */
  failedAt(clipId: string): number | null {
    const failure = this.#failures.get(clipId);
    if (failure === undefined || failure.isGone) return null;
    return failure.untilMs > this.#parts.now() ? failure.triedAtMs : null;
  }

  async #ask(clipId: string, options: AskOptions): Promise<Freshened> {
    const answer = await this.#askInTurn(clipId, options);
    const judgement = answer.kind === 'link' ? options.judge(answer) : null;
    if (answer.kind === 'busy') return this.#rememberBusy(clipId, { latePauseMs: 0 });
    if (judgement?.kind === 'late') {
      const lastMs = this.#failures.get(clipId)?.latePauseMs ?? 0;
      const latePauseMs = Math.min(Math.max(lastMs * 2, BUSY_PAUSE_MS), FIRST_PAUSE_MS);
      return this.#rememberBusy(clipId, { latePauseMs });
    }
    if (answer.kind !== 'link' || judgement?.kind !== 'location') {
      return this.#rememberFailure(clipId, answer.kind === 'gone');
    }
    this.#failures.delete(clipId);
    const { url, expiresAtMs } = answer;
    return { kind: 'link', url, expiresAtMs, location: judgement.location };
  }

  async #askInTurn(clipId: string, { minMinutes, isUrgent }: AskOptions): Promise<FreshLinkAnswer> {
    const { links, metrics } = this.#parts;
    const deadlineMs = performance.now() + MAX_WAIT_MS;
    try {
      return await withDeadline(MAX_WAIT_MS, (signal) =>
        this.#limiter.run(
          async () => {
            const startedAtMs = performance.now();
            const timeoutMs = Math.max(deadlineMs - startedAtMs, 1);
            // A call that never ends must not keep its turn.
            const answer = await withDeadline(timeoutMs, () =>
              links.freshLink(clipId, { minMinutes, timeoutMs }),
            ).catch(toAnswer);
            const outcome = answer.kind === 'link' ? 'ok' : 'failed';
            metrics.freshLink(outcome, (performance.now() - startedAtMs) / 1000);
            return answer;
          },
          { signal, isUrgent },
        ),
      );
    } catch (error) {
      return toAnswer(error);
    }
  }

  /** The clip keeps its earlier failures, so that the next failure still doubles their pause. */
  #rememberBusy(clipId: string, { latePauseMs }: Pick<Failure, 'latePauseMs'>): Freshened {
    const pauseMs = this.#failures.get(clipId)?.pauseMs ?? 0;
    const retryAfterMs = Math.max(latePauseMs, BUSY_PAUSE_MS);
    const untilMs = this.#parts.now() + retryAfterMs;
    this.#failures.set(clipId, { triedAtMs: null, pauseMs, latePauseMs, untilMs, isGone: false });
    return { kind: 'none', retryAfterMs };
  }

  #rememberFailure(clipId: string, isGone: boolean): Freshened {
    const last = this.#failures.get(clipId);
    const nowMs = this.#parts.now();
    const isRecent = last !== undefined && nowMs < last.untilMs + MAX_PAUSE_MS;
    const doubledMs = isRecent ? last.pauseMs * 2 : 0;
    const pauseMs = Math.min(Math.max(doubledMs, FIRST_PAUSE_MS), MAX_PAUSE_MS);
    const untilMs = nowMs + pauseMs;
    this.#failures.set(clipId, { triedAtMs: nowMs, pauseMs, latePauseMs: 0, untilMs, isGone });
    return isGone ? { kind: 'gone' } : { kind: 'none', retryAfterMs: pauseMs };
  }
}

function toAnswer(error: unknown): FreshLinkAnswer {
  const reason = messageOf(error);
  return error instanceof DeadlineExceeded || error instanceof TooBusy
    ? { kind: 'busy', reason }
    : { kind: 'unreachable', reason, retryAtMs: null };
}
