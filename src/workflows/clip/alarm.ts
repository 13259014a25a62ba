import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One durable timer that can be moved; it stays set through whatever the workflow does meanwhile. */
export interface Alarm {
  /** Sets the alarm to an epoch millisecond; where it is set to that already, nothing happens. */
  set(atMs: number, summary: string): void;
  readonly rang: boolean;
  /** Takes the alarm back, rung or not. */
  clear(): void;
}

/** `summary` is what the Web UI shows beside the timer. */
export function createAlarm(): Alarm {
  let setTo: number | null = null;
  let scope: CancellationScope | null = null;
  let rang = false;
  const clear = () => {
    scope?.cancel();
    scope = null;
    setTo = null;
    rang = false;
  };
  return {
    set(atMs, summary) {
      if (setTo === atMs) return;
      clear();
      setTo = atMs;
      const own = new CancellationScope();
      scope = own;
      own
        .run(() => sleep(Math.max(atMs - Date.now(), 1), { summary }))
        .then(() => {
          if (scope === own) rang = true;
        })
        .catch((error: unknown) => {
          if (!isCancellation(error)) throw error;
        });
    },
    get rang() {
      return rang;
    },
    clear,
  };
}
