import { messageOf } from './errors.ts';
import { createLogger } from './log.ts';

/** A part of the program that runs until it is told to stop. */
export interface Running {
  /** Ends when all is stopped; rejects when it can't go on. */
  readonly stopped: Promise<void>;
  /** Tells it to finish what is under way and stop. */
  stop(): void;
}

/** Where a process's own end is told of. */
interface Voice {
  stopping(sentence: string): void;
  fatal(sentence: string): void;
}

/** For the person who has started the program. */
const toPerson: Voice = {
  stopping: (sentence) => console.error(sentence),
  fatal: (sentence) => console.error(sentence),
};

/** For whatever collects a service's lines: its last one must be as readable for it as all others. */
function toLog(service: string): Voice {
  // Whatever the settings say, which may be what is wrong.
  const log = createLogger('info', service);
  return {
    stopping: (sentence) => log.info(sentence),
    fatal: (sentence) => log.fatal(sentence),
  };
}

/**
 * Runs a process's main part until SIGINT, SIGTERM or SIGHUP, drains it, and exits: 0 after a signal, 1 with
 * one sentence where it could not start or go on. A second signal exits at once. `service` is the name of
 * one that runs by itself, and says such things in its log; others say them to a person.
 */
export async function runUntilSignal(
  start: () => Promise<Running>,
  service?: string,
): Promise<void> {
  const voice = service === undefined ? toPerson : toLog(service);
  let asked = 0;
  let running: Running | null = null;
  const onSignal = () => {
    asked += 1;
    if (asked > 1) process.exit(130);
    voice.stopping('stopping: finishing what is under way (once more: at once)');
    running?.stop();
  };
  // SIGHUP: the terminal was closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    running = await start();
    // Told to stop while it was starting: what it started must be stopped in order too.
    if (asked > 0) running.stop();
    await running.stopped;
  } catch (error) {
    voice.fatal(messageOf(error));
    process.exit(1);
  }
  process.exit(0);
}
