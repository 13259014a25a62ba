import { isFailure, messageOf } from '../errors.ts';
import { namedWaitMs } from '../rate-limit-errors.ts';
import { createLogLimit } from '../log-limit.ts';
import type { Logger } from '../log.ts';

/** The work for one event. */
export interface EventWork {
  /**
   * Events with the same key, such as a message's id, are handled one after another, in the order in which they
   * arrived.
   */
  key: string;
  /** A verb phrase for the log, such as `start the clips of a message`. */
  what: string;
  /** Ids for the log lines, so that operators can search the log by id. */
  ids?: Record<string, string>;
  /**
   * Does the work. The queue repeats the call until it succeeds, so the work must be safe to repeat. If the work throws
   * InvalidInput, the queue skips the work. If a failure names a wait, the queue waits at least that long.
   */
  run: () => Promise<void>;
}

export interface EventQueue {
  add(work: EventWork): void;
  /** Resolves when no work is left. */
  idle(): Promise<void>;
  /** Drops the work that is left. Without this call, failed work would be retried for as long as the process runs. */
  end(): void;
}

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/**
 * Keeps the work for each gateway event until the work succeeds, so that no event is lost while Temporal is
 * unreachable. Work that can never succeed is named in the log and skipped, because other work waits for it.
 */
export function createEventQueue(log: Logger): EventQueue {
  const tails = new Map<string, Promise<void>>();
  const limit = createLogLimit();
  /** Ends a wait for the next attempt. */
  const endings = new Set<() => void>();
  let hasEnded = false;

  async function wait(waitMs: number): Promise<void> {
    if (hasEnded) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        endings.delete(end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      endings.add(end);
    });
  }

  async function runUntilDone({ what, ids, run }: EventWork): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      if (hasEnded) return;
      try {
        await run();
        return;
      } catch (error) {
        const reason = messageOf(error);
        if (isFailure(error, 'InvalidInput')) {
          log.error(
            { ...ids, reason },
            `could not ${what}; skipped it, because a retry cannot succeed`,
          );
          return;
        }
        const waitMs = Math.max(pauseMs, namedWaitMs(error) ?? 0);
        const seconds = waitMs < 1000 ? waitMs / 1000 : Math.ceil(waitMs / 1000);
        // All waiting events usually fail for the same reason, even if their work names different channels.
        const kind = what.replace(/#.*/s, '#');
        const level = limit.mayLog(`${kind} ${reason}`) ? 'warn' : 'debug';
        log[level](
          { ...ids, reason, waiting: tails.size },
          `could not ${what}; retrying in ${seconds} s`,
        );
        await wait(waitMs);
      }
    }
  }

  return {
    add(work) {
      const tail = (tails.get(work.key) ?? Promise.resolve())
        .then(() => runUntilDone(work))
        .then(() => {
          if (tails.get(work.key) === tail) tails.delete(work.key);
        });
      tails.set(work.key, tail);
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
    end() {
      hasEnded = true;
      for (const end of endings) end();
    },
  };
}
