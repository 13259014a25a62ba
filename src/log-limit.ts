import { BoundedMap } from './bounded-map.ts';

/** Chooses which of many similar log lines are written, so that an outage does not flood the log. */
export interface LogLimit {
  /**
   * True if a line of this kind may be written now. Lines are of one kind if they differ only in their numbers, such as
   * ids, and in paths, which contain ids and the names of files.
   */
  mayLog(line: string): boolean;
}

/**
 * By default, one line of each kind is written in this time. An outage lasts for minutes and affects thousands of
 * clips, so a line for each clip would flood the log.
 */
const ONE_LINE_MS = 60 * 1000;

/**
 * How many kinds of lines are remembered. Without this limit, lines that quote texts of Discord users would create
 * endless kinds.
 */
const MAX_KINDS = 200;

/** Allows one line of each kind per `everyMs` milliseconds. `now` returns epoch milliseconds; tests replace it. */
export function createLogLimit(everyMs = ONE_LINE_MS, now: () => number = Date.now): LogLimit {
  const loggedAtMs = new BoundedMap<string, number>(MAX_KINDS);
  return {
    mayLog(line) {
      const kind = line.replace(/\/[^\s,;)"]*/g, '/').replace(/\d+/g, '0');
      const lastMs = loggedAtMs.get(kind);
      if (lastMs !== undefined && now() - lastMs < everyMs) return false;
      loggedAtMs.set(kind, now());
      return true;
    },
  };
}
