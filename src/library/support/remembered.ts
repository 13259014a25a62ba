import { BoundedMap } from '../../bounded-map.ts';
import { SingleFlight } from './single-flight.ts';

/**
 * Remembers answers for a short time, so that many readers of one page cost as much as one reader. Readers who ask for
 * the same key at the same time share one piece of work. A failure is not remembered.
 */
export class Remembered<T> {
  readonly #answers: BoundedMap<string, { answer: T; untilMs: number }>;
  readonly #flights = new SingleFlight<T>();
  readonly #rememberMs: number;
  readonly #now: () => number;

  /** `now` returns milliseconds. */
  constructor({
    rememberMs,
    maxAnswers,
    now,
  }: {
    rememberMs: number;
    maxAnswers: number;
    now: () => number;
  }) {
    this.#rememberMs = rememberMs;
    this.#now = now;
    this.#answers = new BoundedMap(maxAnswers, ({ untilMs }) => untilMs <= now());
  }

  /**
   * Returns the remembered answer, or does the work.
   * @throws any error of `work`
   */
  async get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > this.#now()) return known.answer;
    return await this.#flights.run(key, async () => {
      const answer = await work();
      this.#answers.set(key, { answer, untilMs: this.#now() + this.#rememberMs });
      return answer;
    });
  }
}
