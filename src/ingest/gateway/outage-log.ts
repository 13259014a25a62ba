import type { Logger } from '../../log.ts';

const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 10 * 60 * 1000;
/** If the connection breaks again within this time after it came back, the last outage continues. */
const STABLE_MS = 60_000;

/** Logs an outage of the gateway at once, then at growing intervals, and once more when the outage is over. */
export interface OutageLog {
  /**
   * Records a fault of the gateway connection. discord.js reconnects twice a second, so most faults are logged at level
   * debug.
   */
  fault(facts: Record<string, unknown>, text: string): void;
  /** Records that the connection is back. If the loss of the connection was logged, logs the return too. */
  over(): void;
}

interface Outage {
  sinceMs: number;
  faults: number;
  /** The time when the connection came back; null while the connection is lost. */
  overMs: number | null;
  quietUntilMs: number;
  pauseMs: number;
  /** True if the log says that the connection is lost. */
  isReported: boolean;
}

/** `now` returns epoch milliseconds; tests replace it. */
export function createOutageLog(
  log: Pick<Logger, 'debug' | 'info' | 'warn'>,
  now: () => number = Date.now,
): OutageLog {
  let outage: Outage | null = null;

  function findOutage(): Outage {
    const isNew = outage === null || (outage.overMs !== null && now() - outage.overMs >= STABLE_MS);
    if (outage === null || isNew) {
      const fresh = { sinceMs: now(), faults: 0, overMs: null, isReported: false };
      outage = { ...fresh, quietUntilMs: now(), pauseMs: FIRST_PAUSE_MS };
    }
    return outage;
  }

  return {
    fault(facts, text) {
      const current = findOutage();
      current.faults += 1;
      current.overMs = null;
      if (now() < current.quietUntilMs) {
        log.debug(facts, text);
        return;
      }
      log.warn({ ...facts, ...(current.faults > 1 && { faults: current.faults }) }, text);
      current.isReported = true;
      current.quietUntilMs = now() + current.pauseMs;
      current.pauseMs = Math.min(current.pauseMs * 2, MAX_PAUSE_MS);
    },
    over() {
      if (outage?.overMs !== null) return;
      outage.overMs = now();
      const seconds = Math.round((now() - outage.sinceMs) / 1000);
      const text = `gateway connection is back after ${seconds} s`;
      log[outage.isReported ? 'info' : 'debug']({ faults: outage.faults }, text);
      outage.isReported = false;
    },
  };
}
