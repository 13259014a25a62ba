import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { say } from './say.ts';
import type { Sleepers } from './sleepers.ts';

/** What the SDK warns of that is no news here: workers without workflows, and a machine that is busy. */
const EXPECTED = ['No workflows registered', '[TMPRL1104]'];

/** Gives the sleepers what workflows log, and says what goes wrong. */
export function installRuntime(sleepers: Sleepers): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => {
      if (sleepers.take(entry) || entry.level === 'INFO') return;
      if (EXPECTED.some((words) => entry.message.startsWith(words))) return;
      say(`${entry.level} ${entry.message} ${String(entry.meta?.error ?? '')}`);
    }),
    // Signals are the program's own business.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
  });
}
