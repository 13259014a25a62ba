import process from 'node:process';
import { SetUpError } from './set-up-error.mjs';

const OLDEST = [20, 19];

/**
 * Refuses a Node that is too old. Everything on the way here must load on that old Node too.
 *
 * @param {string} version
 * @throws {SetUpError}
 */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new SetUpError(
    `this is Node ${version} and Node ${OLDEST.join('.')} or newer is needed: install it from https://nodejs.org, then run this again.`,
  );
}
