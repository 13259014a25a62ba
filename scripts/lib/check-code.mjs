import process from 'node:process';
import { ROOT } from './paths.mjs';
import { say, secondsSince } from './report.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

const CHECKS = [
  { name: 'eslint', args: ['node_modules/eslint/bin/eslint.js', '.'] },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit', '--pretty'] },
  {
    name: 'import rules',
    args: ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', 'test', 'bench'],
  },
  {
    name: 'format',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  },
];

/**
 * Runs linters and compiler side by side.
 *
 * @throws {SetUpError} with all that they found
 */
export async function checkCode() {
  const startMs = Date.now();
  say(`checking the code: ${CHECKS.map(({ name }) => name).join(', ')} ...`);
  const failures = (await Promise.all(CHECKS.map(check))).filter(
    (failure) => failure !== undefined,
  );
  if (failures.length === 0) {
    say(`checked the code in ${secondsSince(startMs)}`);
    return;
  }
  throw new SetUpError(
    `The code has faults (${failures.map(({ name }) => name).join(', ')}): mend them, or run some tests alone with npm test -- FILTER.`,
    failures.map(({ name, output }) => `--- ${name}\n${output.trim()}`).join('\n\n'),
  );
}

async function check({ name, args }) {
  const { ok, output } = await run(process.execPath, args, { cwd: ROOT });
  return ok ? undefined : { name, output };
}
