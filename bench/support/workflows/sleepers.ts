import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type LogEntry,
} from '@temporalio/worker';
import { say } from '../benchmark.ts';
import { NIGHT_MS } from '../rig/durations.ts';
import { ASLEEP_MESSAGE } from './watch-asleep.ts';

/** A timer shorter than this is a nap between two refreshes. */
const MIN_SLEEP_MS = NIGHT_MS / 2;

/** Remembers which workflows have started their long sleep, and when. */
export class Sleepers {
  readonly #asleepSinceMs = new Map<string, number>();
  #onChange: () => void = () => undefined;

  /** Reads a log entry of the SDK. Returns true if a workflow logged the entry because the workflow fell asleep. */
  readLogEntry(entry: LogEntry): boolean {
    if (entry.message !== ASLEEP_MESSAGE) return false;
    const { workflowId, untilMs } = entry.meta as { workflowId: string; untilMs: number };
    const nowMs = Number(entry.timestampNanos / 1_000_000n);
    if (untilMs - nowMs >= MIN_SLEEP_MS && !this.#asleepSinceMs.has(workflowId)) {
      this.#asleepSinceMs.set(workflowId, nowMs);
      this.#onChange();
    }
    return true;
  }

  /**
   * Waits until `count` workflows are asleep. Returns their ids and forgets the workflows. `lastAtMs` is the time at
   * which the last workflow fell asleep.
   */
  async waitFor(count: number): Promise<{ ids: string[]; lastAtMs: number }> {
    while (this.#asleepSinceMs.size < count) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    const ids = [...this.#asleepSinceMs.keys()];
    const lastAtMs = Math.max(...this.#asleepSinceMs.values());
    this.#asleepSinceMs.clear();
    return { ids, lastAtMs };
  }
}

/** The SDK warns about workers without workflows and about a busy machine. A benchmark expects these warnings. */
const EXPECTED_WARNINGS = ['No workflows registered', '[TMPRL1104]'];

/** Installs an SDK runtime that passes log entries of workflows to `sleepers`, and prints warnings from any other source. */
export function installRuntime(sleepers: Sleepers): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => {
      if (sleepers.readLogEntry(entry) || entry.level === 'INFO') return;
      if (EXPECTED_WARNINGS.some((warning) => entry.message.startsWith(warning))) return;
      say(`${entry.level} ${entry.message} ${String(entry.meta?.error ?? '')}`);
    }),
    // The benchmark handles signals itself.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
  });
}
