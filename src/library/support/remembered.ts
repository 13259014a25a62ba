import { BoundedMap } from '../../bounded-map.ts';
import { SingleFlight } from './single-flight.ts';

/**
 * Remembers answers for a short time, so that many readers of one page cost as much as one reader. Readers who ask for
 * the same key at the same time share one piece of work. A failure is not remembered.
 */
export class Remembered<T> {
  readonly #answers: BoundedMap<string, RememberedAnswer<T>>;
  readonly #flights = new SingleFlight<T>();
  readonly #options: RememberedOptions<T>;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
    const { maxAnswers, now, recheck } = options;
    this.#answers = new BoundedMap(maxAnswers, ({ madeMs, untilMs }) =>
      recheck === undefined ? untilMs <= now() : madeMs + recheck.maxMs <= now(),
    );
  }

  /**
   * Returns the remembered answer, or does the work.
   * @throws any error of `work`
   */
  async get(key: string, work: () => Promise<T>): Promise<T> {
    const { now, rememberMs } = this.#options;
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > now()) return known.answer;
    return await this.#flights.run(key, async () => {
      const isValid = known !== undefined && (await this.#isValid(known));
      const answer = isValid ? known.answer : await work();
      const madeMs = isValid ? known.madeMs : now();
      this.#answers.set(key, { answer, madeMs, untilMs: now() + rememberMs });
      return answer;
    });
  }

  async #isValid({ answer, madeMs }: RememberedAnswer<T>): Promise<boolean> {
    const { now, recheck } = this.#options;
    if (recheck === undefined || madeMs + recheck.maxMs <= now()) return false;
    return await recheck.isValid(answer);
  }
}

interface RememberedAnswer<T> {
  answer: T;
  madeMs: number;
  untilMs: number;
}

export interface RememberedOptions<T> {
  rememberMs: number;
  maxAnswers: number;
  /** Returns milliseconds. */
  now: () => number;
  /** After `rememberMs`, an answer that is still valid is remembered again, until it is `maxMs` old. */
  recheck?: { maxMs: number; isValid: (answer: T) => Promise<boolean> };
}
