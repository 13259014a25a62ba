import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One durable timer that can be moved. The timer stays set while the workflow does other things. */
export interface Alarm {
  /**
   * Sets the alarm to a time in epoch milliseconds. Does nothing if the alarm is already set to that time.
   */
  set(atMs: number, summary: string): void;
  readonly rang: boolean;
  /** Cancels the alarm. `rang` is false afterwards. */
  clear(): void;
}

/** Creates an alarm. The Web UI shows the `summary` passed to `set` beside the timer. */
export function createAlarm(): Alarm {
  let setToMs: number | null = null;
  let scope: CancellationScope | null = null;
  let rang = false;

  function clear(): void {
    scope?.cancel();
    scope = null;
    setToMs = null;
    rang = false;
  }

  return {
    set(atMs, summary) {
      if (setToMs === atMs) return;
      clear();
      setToMs = atMs;
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
