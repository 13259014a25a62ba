import type { Place } from '../club/club.ts';

/** A time between two points, epoch milliseconds. `toMs` is Infinity while it lasts. */
export interface Span {
  readonly fromMs: number;
  toMs: number;
}

interface HiddenSpan extends Span {
  /** The channel whose permissions changed. */
  readonly ownerId: string;
}

/** A time at which ingest lost its session. */
interface LostSession {
  readonly atMs: number;
  /** True if ingest was told to stop, and had time to pass on what it had heard. */
  readonly isGraceful: boolean;
}

/** How long ingest may take until Temporal has accepted an event that Discord sent, also after a RESUME. */
const PASS_ON_MS = 15_000;
/** How long ingest holds back an edit if it has just passed on another edit of the message (docs/design.md). */
const HOLD_MS = 30_000;
/** The longest pause between two attempts of ingest to reach Temporal. */
const MAX_RETRY_PAUSE_MS = 30_000;

/** What keeps ingest from hearing of messages and the bot from reading them, now and earlier in the week. */
export class Conditions {
  /** True while the Message Content intent is off. Discord then refuses each new session. */
  isIntentOff = false;
  #deafCauses = 0;
  #stripCauses = 0;
  readonly #hidden: HiddenSpan[] = [];
  readonly #lostSessions: LostSession[] = [];
  readonly #outages: Span[] = [];

  /** True while ingest does not run, or its session was lost and it has not begun a new one. */
  get isDeaf(): boolean {
    return this.#deafCauses > 0;
  }

  /** Ingest is deaf until the returned function is called. Faults may overlap. */
  deafen({ isGraceful }: Pick<LostSession, 'isGraceful'>): () => void {
    this.#deafCauses += 1;
    this.#lostSessions.push({ atMs: Date.now(), isGraceful });
    return () => void (this.#deafCauses -= 1);
  }

  /** Discord leaves out the content of messages until the returned function is called. */
  strip(): () => void {
    this.#stripCauses += 1;
    return () => void (this.#stripCauses -= 1);
  }

  /** The bot cannot read a channel and its threads until the returned function is called. */
  hide(ownerId: string): () => void {
    return begin(this.#hidden, { ownerId, ...now() });
  }

  /** Temporal does not run until the returned function is called. */
  stopTemporal(): () => void {
    return begin(this.#outages, now());
  }

  /** True if ingest gets the events of a place with their content, at once or after a RESUME. */
  hears({ ownerId }: Place): boolean {
    const isHidden = this.wasHidden({ fromMs: Date.now(), toMs: Date.now() }, ownerId);
    return !this.isDeaf && this.#stripCauses === 0 && !isHidden;
  }

  /** True if the bot could not read the channel at some moment of the span. Without `ownerId`, any channel counts. */
  wasHidden(span: Span, ownerId?: string): boolean {
    return this.#hidden.some(
      (hidden) => overlaps(hidden, span) && (ownerId === undefined || hidden.ownerId === ownerId),
    );
  }

  /**
   * True if ingest may have forgotten an event that it heard at this time, because it lost its session before Temporal
   * had accepted the event. `isHeld` is true for an edit that ingest may have held back.
   */
  mayHaveForgotten(heardAtMs: number, isHeld: boolean): boolean {
    const soonMs = heardAtMs + PASS_ON_MS + (isHeld ? HOLD_MS : 0);
    const outage = this.#outages.findLast(
      ({ fromMs, toMs }) => fromMs < soonMs && toMs + MAX_RETRY_PAUSE_MS > heardAtMs,
    );
    const untilMs = Math.max(soonMs, (outage?.toMs ?? 0) + MAX_RETRY_PAUSE_MS);
    return this.#lostSessions.some(
      ({ atMs, isGraceful }) =>
        atMs >= heardAtMs && atMs <= untilMs && (!isGraceful || outage !== undefined),
    );
  }
}

function now(): Span {
  return { fromMs: Date.now(), toMs: Infinity };
}

function begin<S extends Span>(spans: S[], span: S): () => void {
  spans.push(span);
  return () => void (span.toMs = Date.now());
}

function overlaps(a: Span, b: Span): boolean {
  return a.fromMs <= b.toMs && a.toMs >= b.fromMs;
}
