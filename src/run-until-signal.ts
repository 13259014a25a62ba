import { linesOfError } from './lines-of-error.ts';
import { createLogger } from './log.ts';
import { keepFilesPrivate } from './private-files.ts';

/** A part of the program that runs until `stop` is called. */
export interface Running {
  /** Resolves when everything has stopped; rejects if the part can't continue. */
  readonly stopped: Promise<void>;
  /** Finishes the work in progress and stops. */
  stop(): void;
}

/** Reports that a process stops, and why. */
interface Reporter {
  stopping(sentence: string): void;
  fatal(lines: readonly string[]): void;
}

/** Writes to standard error, for a person at a terminal. */
const terminalReporter: Reporter = {
  stopping: (sentence) => console.error(sentence),
  fatal: (lines) => console.error(lines.join('\n')),
};

/** Writes to the log, so that a log collector can parse the last line like every other line. */
function createLogReporter(service: string): Reporter {
  // Ignores LOG_LEVEL, because an invalid setting may be the reason why the process stops.
  const log = createLogger('info', service);
  return {
    stopping: (sentence) => log.info(sentence),
    fatal: (lines) => log.fatal(lines.join('; ')),
  };
}

/**
 * For this many milliseconds after the first signal, further signals are ignored. One Ctrl-C can send two signals to
 * the program: the terminal sends one, and npm 11 passes on the signal that npm received. This happens if npm's shell
 * replaces itself with the program.
 */
const SAME_SIGNAL_MS = 1000;

/**
 * Runs the main part of a process until SIGINT, SIGTERM or SIGHUP, then drains the part and exits.
 *
 * The exit code is 0 after a signal. If the part can't start or can't continue, the exit code is 1, and one sentence
 * says why. At a second signal, the process exits at once with code 130, unless both signals come from one Ctrl-C. If
 * `service` is given, messages go to the log of this service instead of standard error. `start` gets an AbortSignal
 * that ends its waits. Files that the process creates are readable only by its user.
 */
export async function runUntilSignal(
  start: (signal: AbortSignal) => Promise<Running>,
  service?: string,
): Promise<void> {
  keepFilesPrivate();
  const reporter = service === undefined ? terminalReporter : createLogReporter(service);
  let stoppingSinceMs: number | null = null;
  let running: Running | null = null;
  const starting = new AbortController();
  const onSignal = () => {
    if (stoppingSinceMs !== null) {
      if (performance.now() - stoppingSinceMs >= SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    stoppingSinceMs = performance.now();
    reporter.stopping(
      'stopping: finishing the work in progress; a second signal stops the process at once',
    );
    starting.abort();
    running?.stop();
  };
  // A closed terminal sends SIGHUP.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    running = await start(starting.signal);
    // A signal that arrived during startup could not stop the part, because the part was not running yet.
    if (starting.signal.aborted) running.stop();
    await running.stopped;
  } catch (error) {
    if (starting.signal.aborted && error instanceof Error && error.name === 'AbortError') {
      process.exit(0);
    }
    reporter.fatal(linesOfError(error));
    process.exit(1);
  }
  process.exit(0);
}
