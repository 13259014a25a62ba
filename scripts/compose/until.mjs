import { setTimeout as pause } from 'node:timers/promises';
import { SetUpError } from '../lib/set-up-error.mjs';

const PATIENCE_MS = 240_000;

/**
 * Looks every second until it finds something.
 *
 * @template T
 * @param {string} what the end of a sentence: what is awaited
 * @param {() => Promise<T>} look
 * @param {number} patienceMs
 * @returns {Promise<T>} the first thing found that is not falsy
 */
export async function until(what, look, patienceMs = PATIENCE_MS) {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    // While something is down, whatever asks it fails.
    const found = await look().catch((error) =>
      Date.now() > endMs ? Promise.reject(error) : null,
    );
    if (found) return found;
    if (Date.now() > endMs) throw new SetUpError(`In ${patienceMs / 1000} s not: ${what}.`);
    await pause(1000);
  }
}
