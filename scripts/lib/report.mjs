import process from 'node:process';
import { SetUpError } from './set-up-error.mjs';

/**
 * Prints a line about the set-up. Always to stderr: stdout belongs to the program that is set up.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`everclip: ${line}\n`);
}

/**
 * Says what went wrong: one sentence where the user can mend it, the stack where it is a defect.
 *
 * @param {Error} error
 */
export function sayFailure(error) {
  if (!(error instanceof SetUpError)) {
    process.stderr.write(`${error.stack}\n`);
    return;
  }
  if (error.details) process.stderr.write(`${error.details}\n`);
  say(error.message);
}

/**
 * Seconds since `startMs`, for people to read.
 *
 * @param {number} startMs
 */
export function secondsSince(startMs) {
  const seconds = (Date.now() - startMs) / 1000;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/**
 * Does something slow, with a line before it and one after it.
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
 * The part of a failed program's output that tells why: some say it in their first lines (npm, which then
 * prints its manual), some in their last ones (go).
 *
 * @param {string} output
 */
export function headAndTail(output) {
  const lines = output.trim().split('\n');
  if (lines.length <= 2 * LINES_AT_EITHER_END) return output;
  const head = lines.slice(0, LINES_AT_EITHER_END);
  return [...head, '...', ...lines.slice(-LINES_AT_EITHER_END)].join('\n');
}
