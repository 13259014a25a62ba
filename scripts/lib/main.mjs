import process from 'node:process';
import { requireNode } from './node-version.mjs';
import { sayFailure } from './report.mjs';

/**
 * Runs a script; a failure ends it with exit code 1.
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
