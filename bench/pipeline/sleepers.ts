import type { LogEntry } from '@temporalio/worker';
import { ASLEEP } from './asleep-message.ts';
import { NIGHT_MS } from './sizes.ts';

/** Timers shorter than this are naps between two refreshes. */
const LONG_MS = NIGHT_MS / 2;

/** Which workflows sleep for long, and since when. */
export class Sleepers {
  readonly #sinceMs = new Map<string, number>();
  #changed: () => void = () => undefined;

  /** Takes a log entry of the SDK; true where it was one of ours. */
  take(entry: LogEntry): boolean {
    if (entry.message !== ASLEEP) return false;
    const { workflowId, untilMs } = entry.meta as { workflowId: string; untilMs: number };
    const nowMs = Number(entry.timestampNanos / 1_000_000n);
    if (untilMs - nowMs >= LONG_MS && !this.#sinceMs.has(workflowId)) {
      this.#sinceMs.set(workflowId, nowMs);
      this.#changed();
    }
    return true;
  }

  /** Waits until `count` workflows sleep; returns their ids and when the last one fell asleep. */
  async until(count: number): Promise<{ ids: string[]; atMs: number }> {
    while (this.#sinceMs.size < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    const found = { ids: [...this.#sinceMs.keys()], atMs: Math.max(...this.#sinceMs.values()) };
    this.#sinceMs.clear();
    return found;
  }
}
