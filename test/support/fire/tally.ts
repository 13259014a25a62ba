/** A redirect is dead if Discord's CDN refuses the link within this time after the library's answer. */
export const DEAD_WITHIN_MS = 2000;
/** At most this part of all answers may be 503, on a machine that does nothing else. */
const MAX_UNAVAILABLE_PART = 0.01;
/** The number of examples of each violation that a result shows. */
const MAX_EXAMPLES = 10;

/** What the readers of permalinks saw since the start, or since the last call of `Tally.lap`. */
export interface Counts {
  /** Redirects, 503s and wrong answers. */
  answers: number;
  redirects: number;
  unavailable: number;
  /** Answers other than a redirect to Discord's CDN or a 503, although the clip exists. */
  wrong: number;
  /** Redirects to a link that Discord refuses within DEAD_WITHIN_MS. */
  dead: number;
  /** Links that Discord refused later than DEAD_WITHIN_MS after the answer, because the reader was slow. */
  late: number;
  /** Requests to the library that got no answer, because the library was down. */
  unanswered: number;
  /** Requests to the CDN that got no answer, because Discord was down. */
  cdnUnanswered: number;
  /** The longest time from a request for a permalink to the clip's first bytes, in milliseconds. */
  slowestByteMs: number;
}

/** Collects what readers see. */
export class Tally {
  readonly total = noCounts();
  #lap = noCounts();
  readonly #byteMs: number[] = [];
  readonly wrongExamples: string[] = [];
  readonly deadExamples: string[] = [];

  redirect(): void {
    this.#add('answers');
    this.#add('redirects');
  }

  unavailable(): void {
    this.#add('answers');
    this.#add('unavailable');
  }

  wrong(what: string): void {
    this.#add('answers');
    this.#add('wrong');
    addExample(this.wrongExamples, what);
  }

  /** Call this once at most for each redirect. */
  dead(what: string): void {
    this.#add('dead');
    addExample(this.deadExamples, what);
  }

  late(): void {
    this.#add('late');
  }

  unanswered(): void {
    this.#add('unanswered');
  }

  cdnUnanswered(): void {
    this.#add('cdnUnanswered');
  }

  /** A clip's first bytes arrived this long after the reader asked for the permalink. */
  playable(ms: number): void {
    this.#byteMs.push(ms);
    for (const counts of [this.total, this.#lap]) {
      counts.slowestByteMs = Math.max(counts.slowestByteMs, ms);
    }
  }

  /** Returns the counts since the last call. */
  lap(): Counts {
    const lap = this.#lap;
    this.#lap = noCounts();
    return lap;
  }

  /** Returns the time to a playable byte that this part of all redirects does not exceed, in milliseconds. */
  byteMs(part: number): number {
    return percentileOf(this.#byteMs, part);
  }

  /** Returns a sentence for each violated promise. At most `maxUnavailablePart` of all answers may be 503. */
  violations(maxUnavailablePart = MAX_UNAVAILABLE_PART): string[] {
    const { answers, dead, wrong, unavailable, redirects } = this.total;
    const sentences: string[] = [];
    if (redirects === 0) sentences.push('no permalink was redirected');
    if (dead > 0) {
      sentences.push(`${dead} dead redirects, such as ${this.deadExamples.join('; ')}`);
    }
    if (wrong > 0)
      sentences.push(`${wrong} wrong answers, such as ${this.wrongExamples.join('; ')}`);
    if (unavailable > answers * maxUnavailablePart) {
      const percent = ((unavailable / answers) * 100).toFixed(2);
      sentences.push(`${unavailable} of ${answers} answers were 503, which is ${percent} %`);
    }
    return sentences;
  }

  #add(name: Exclude<keyof Counts, 'slowestByteMs'>): void {
    this.total[name] += 1;
    this.#lap[name] += 1;
  }
}

function noCounts(): Counts {
  return {
    answers: 0,
    redirects: 0,
    unavailable: 0,
    wrong: 0,
    dead: 0,
    late: 0,
    unanswered: 0,
    cdnUnanswered: 0,
    slowestByteMs: 0,
  };
}

/** Returns the smallest value that at least this part of the values does not exceed; 0 if there are no values. */
export function percentileOf(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * part) - 1, 0)] ?? 0;
}

function addExample(examples: string[], what: string): void {
  if (examples.length < MAX_EXAMPLES) examples.push(what);
}
