/** Too much work is waiting already. */
export class TooBusy extends Error {
  override name = 'TooBusy';
}

interface RunOptions {
  /** Ends the wait of work that has not begun. */
  signal?: AbortSignal;
  /** Urgent work begins before all other work that waits. */
  isUrgent?: boolean;
}

/**
 * Runs at most `maxRunning` pieces of work at a time. At most `maxWaiting` urgent pieces and `maxWaiting` other pieces
 * wait for their turn.
 */
export class Limiter {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  readonly #urgent = new Set<() => void>();
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
  async run<T>(work: () => Promise<T>, options: RunOptions = {}): Promise<T> {
    if (this.#running < this.#maxRunning) this.#running++;
    else await this.#waitForTurn(options);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #waitForTurn({ signal, isUrgent = false }: RunOptions): Promise<void> {
    const queue = isUrgent ? this.#urgent : this.#waiting;
    if (queue.size >= this.#maxWaiting) {
      return Promise.reject(new TooBusy('too many requests wait already'));
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        queue.delete(begin);
        reject(signal?.reason as Error);
      };
      queue.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Gives the turn to the urgent work that has waited the longest, else to the other work that has. */
  #passOn(): void {
    const queue = this.#urgent.size > 0 ? this.#urgent : this.#waiting;
    const [next] = queue;
    if (next === undefined) {
      this.#running--;
      return;
    }
    queue.delete(next);
    next();
  }
}
