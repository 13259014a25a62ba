import process from 'node:process';
import { ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { say, ScriptError, secondsSince } from '../support/report.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string[]} args arguments for Node
 */

/** @type {Check[]} */
const CHECKS = [
  { name: 'oxlint', args: ['node_modules/oxlint/bin/oxlint'] },
  { name: 'types', args: ['node_modules/typescript-7/bin/tsc', '--noEmit', '--pretty'] },
  {
    name: 'types of browser code',
    args: [
      'node_modules/typescript-7/bin/tsc',
      '-p',
      'src/library/browser',
      '--noEmit',
      '--pretty',
    ],
  },
  {
    name: 'import rules',
    args: [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      ...['src', 'test', 'bench', 'scripts'],
    ],
  },
  { name: 'format', args: ['node_modules/oxfmt/bin/oxfmt', '--check'] },
];

/**
 * Runs the linters and the type check side by side.
 *
 * @throws {ScriptError} with all findings, if there are any
 */
export async function checkCode() {
  const startMs = Date.now();
  say(`checking the code (${CHECKS.map(({ name }) => name).join(', ')}) ...`);
  const results = await Promise.all(CHECKS.map(runCheck));
  const failures = results.filter(({ ok }) => !ok);
  if (failures.length === 0) {
    say(`checked the code in ${secondsSince(startMs)}`);
    return;
  }
  throw new ScriptError(
    `The code checks failed (${failures.map(({ name }) => name).join(', ')}): fix the findings above. To run some tests without the checks: npm test -- FILTER.`,
    failures.map(({ name, output }) => `--- ${name}\n${output.trim()}`).join('\n\n'),
  );
}

/** @param {Check} check */
async function runCheck({ name, args }) {
  const { ok, output } = await run(process.execPath, args, { cwd: ROOT });
  return { name, ok, output };
}
