import { setTimeout as pause } from 'node:timers/promises';
import { ScriptError } from '../support/report.mjs';

const TIMEOUT_MS = 240_000;
const POLL_MS = 1000;

/**
 * Calls `check` every second until its result is truthy.
 *
 * @template T
 * @param {string} what the awaited condition, as a clause for the error message
 * @param {() => Promise<T>} check errors of this function are ignored until the timeout, because calls fail while a
 * container is down
 * @param {number} [timeoutMs]
 * @returns {Promise<NonNullable<T>>} the first result that is truthy
 * @throws {ScriptError} after the timeout
 */
export async function until(what, check, timeoutMs = TIMEOUT_MS) {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await check().catch((/** @type {unknown} */ error) => {
      if (Date.now() > deadlineMs) throw error;
      return null;
    });
    if (found) return found;
    if (Date.now() > deadlineMs) {
      throw new ScriptError(`timed out after ${timeoutMs / 1000} s waiting until ${what}.`);
    }
    await pause(POLL_MS);
  }
}
