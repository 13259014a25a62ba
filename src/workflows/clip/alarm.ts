import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One durable timer that can be moved. It stays set while the workflow does other things. */
export interface Alarm {
  /** Sets the alarm to an epoch millisecond. Does nothing if the alarm is set to that time already. */
  set(atMs: number, summary: string): void;
  readonly rang: boolean;
  /** Cancels the alarm. `rang` is false afterwards. */
  clear(): void;
}

/** The summary of `set` is what the Web UI shows beside the timer. */
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
