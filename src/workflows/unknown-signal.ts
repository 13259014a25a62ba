import { log, setDefaultSignalHandler } from '@temporalio/workflow';

/**
 * Logs a signal that the workflow does not have, because Temporal accepts a signal with any name. Call this function
 * after all signal handlers are set. Otherwise it gets the signals that are waiting for their handlers.
 * @param known the names of the signals that the workflow has
 */
export function warnOfUnknownSignals(known: readonly string[]): void {
  setDefaultSignalHandler((name) => {
    log.warn(`ignored the unknown signal "${name}": this workflow has only ${known.join(', ')}`);
  });
}
