// Functions that print progress, failures, and how long a step took.
import process from 'node:process';

/** Thrown when a script cannot go on. The message is one sentence that tells the user what to do. */
export class ScriptError extends Error {
  /**
   * @param {string} message
   * @param {string} [details] output of the program that failed, printed above the message
   */
  constructor(message, details = '') {
    super(message);
    this.name = 'ScriptError';
    this.details = details.trim();
  }
}

/**
 * Prints one line to stderr. stdout belongs to the program that the script starts.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`everclip: ${line}\n`);
}

/**
 * Prints why a script failed. Prints one sentence for a `ScriptError`, and the stack for any other error.
 *
 * @param {unknown} error
 */
export function sayFailure(error) {
  if (!(error instanceof ScriptError)) {
    const text = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text}\n`);
    return;
  }
  if (error.details) process.stderr.write(`${error.details}\n`);
  say(error.message);
}

/**
 * Returns the time since `startMs` as text, such as "3.2 s" or "36 s".
 *
 * @param {number} startMs
 * @returns {string}
 */
export function secondsSince(startMs) {
  const seconds = (Date.now() - startMs) / 1000;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/**
 * Runs slow work, and prints a line before and after it.
 *
 * @template T
 * @param {{ doing: string, done: string }} words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step({ doing, done }, work) {
  const startMs = Date.now();
  say(`${doing} ...`);
  const result = await work();
  say(`${done} in ${secondsSince(startMs)}`);
  return result;
}

const LINES_AT_EITHER_END = 15;

/**
 * Returns the first and last lines of a failed program's output. npm prints the reason first, and help text after the
 * reason. Go prints the reason last.
 *
 * @param {string} output
 * @returns {string}
 */
export function headAndTail(output) {
  const lines = output.trim().split('\n');
  if (lines.length <= 2 * LINES_AT_EITHER_END) return output;
  const head = lines.slice(0, LINES_AT_EITHER_END);
  return [...head, '...', ...lines.slice(-LINES_AT_EITHER_END)].join('\n');
}
