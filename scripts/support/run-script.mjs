import process from 'node:process';
import { endWithNpm } from './end-with-npm.mjs';
import { sayFailure, ScriptError } from './report.mjs';

/** The oldest Node version that the tests run on. package.json contains the same version in `engines`. */
export const MIN_NODE = '20.19';

/**
 * Runs the body of a script. If npm started the script and npm ends, the script stops too. If the body fails, prints
 * why and exits with code 1.
 *
 * @param {() => Promise<void>} script
 */
export async function runScript(script) {
  try {
    requireNode();
    endWithNpm();
    await script();
  } catch (error) {
    sayFailure(error);
    process.exit(1);
  }
}

/**
 * Stops the script on a Node that is too old. Modules imported before this call must load on an old Node too.
 *
 * @param {string} [version]
 * @throws {ScriptError} if the version is older than the minimum
 */
export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = MIN_NODE.split('.').map(Number);
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return;
  throw new ScriptError(
    `Node ${version} is too old: install Node ${MIN_NODE} or newer from https://nodejs.org, then run this again.`,
  );
}
