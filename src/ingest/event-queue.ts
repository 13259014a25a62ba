import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Work for one event: repeated until it succeeds, so it must be safe to repeat. */
export interface EventWork {
  /** Works of one key (a message) are done one after the other, in the order they came. */
  key: string;
  /** For the log. */
  what: string;
  /** Ids that somebody may look for in the log. */
  ids?: Record<string, string>;
  run: () => Promise<void>;
}

export interface EventQueue {
  add(work: EventWork): void;
  /** Ends when all is done. */
  idle(): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** All waiting events fail alike: one line tells of them all. */
const WARN_EVERY_MS = 5000;

/** Keeps what the gateway brought until Temporal has taken it: while Temporal is away nothing is dropped. */
export function createEventQueue(log: Logger): EventQueue {
  const tails = new Map<string, Promise<void>>();
  let warnedAtMs = 0;

  async function untilDone({ what, ids, run }: EventWork): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await run();
        return;
      } catch (error) {
        const reason = messageOf(error);
        const level = Date.now() - warnedAtMs > WARN_EVERY_MS ? 'warn' : 'debug';
        if (level === 'warn') warnedAtMs = Date.now();
        log[level](
          { ...ids, reason, events: tails.size },
          `could not ${what}: trying again in ${pauseMs / 1000} s, events wait meanwhile`,
        );
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  return {
    add(work) {
      const tail = (tails.get(work.key) ?? Promise.resolve())
        .then(() => untilDone(work))
        .then(() => {
          if (tails.get(work.key) === tail) tails.delete(work.key);
        });
      tails.set(work.key, tail);
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
