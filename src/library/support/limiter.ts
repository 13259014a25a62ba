/** Too much work is waiting already. */
export class TooBusy extends Error {
  override name = 'TooBusy';
}

/** Runs at most `maxRunning` pieces of work at a time. At most `maxWaiting` more wait for their turn. */
export class Limiter {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor({ maxRunning, maxWaiting }: { maxRunning: number; maxWaiting: number }) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs `work` when it is its turn.
   * @throws TooBusy if too much work waits already, the reason of `signal` if it is aborted while the work waits, or any
   * error of `work`
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#running < this.#maxRunning) this.#running++;
    else await this.#waitForTurn(signal);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #waitForTurn(signal?: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      return Promise.reject(new TooBusy('too many requests wait already'));
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.delete(begin);
        reject(signal?.reason as Error);
      };
      this.#waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Gives the turn to the work that has waited the longest. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
