import process from 'node:process';
import { sayFailure, ScriptError } from './report.mjs';

const MIN_NODE_MAJOR = 20;
const MIN_NODE_MINOR = 19;

/**
 * Runs the body of a script. If the body fails, prints why and exits with code 1.
 *
 * @param {() => Promise<void>} script
 */
export async function runScript(script) {
  try {
    requireNode();
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
  if (major > MIN_NODE_MAJOR || (major === MIN_NODE_MAJOR && minor >= MIN_NODE_MINOR)) return;
  throw new ScriptError(
    `Node ${version} is too old: install Node ${MIN_NODE_MAJOR}.${MIN_NODE_MINOR} or newer from https://nodejs.org, then run this again.`,
  );
}
