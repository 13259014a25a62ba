/** A part of the program that runs until it is told to stop. */
export interface Running {
  /** Ends when all is stopped; rejects when it can't go on. */
  readonly stopped: Promise<void>;
  /** Tells it to finish what is under way and stop. */
  stop(): void;
}

/**
 * Runs a process's main part until SIGINT, SIGTERM or SIGHUP, drains it, and exits: 0 after a signal, 1 with
 * one sentence where it could not start or go on. A second signal exits at once.
 */
export async function runUntilSignal(start: () => Promise<Running>): Promise<void> {
  let asked = 0;
  let running: Running | null = null;
  const onSignal = () => {
    asked += 1;
    if (asked > 1) process.exit(130);
    console.error('stopping: finishing what is under way (once more: at once)');
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
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  process.exit(0);
}
