// test.mjs runs this file as `node TYPESCRIPT_FLAGS run-test-files.mjs SELECTION`, with the selection as JSON.
// `node --test` would sort the files by name, but the slowest files must start first.
import { constants, getPriority, setPriority } from 'node:os';
import process from 'node:process';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { groupFiles } from './group-files.mjs';

/**
 * How many test files run at a time. With four, two cores took a minute less for the whole run, but tests of whole
 * programs ran out of time.
 */
const CONCURRENCY = 3;
const FILE_TIMEOUT_MS = 300_000;

const { files, names } = /** @type {import('./select-tests.mjs').Selection} */ (
  JSON.parse(process.argv[2] ?? '')
);
const testNamePatterns = names.map(
  (name) => new RegExp(name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
);
let matches = 0;

/** @param {{ name: string, skip?: string | boolean }} test */
function countMatch({ name, skip }) {
  if (skip === undefined && testNamePatterns.some((pattern) => pattern.test(name))) matches++;
}

// The media process runs at this priority and the test files share the cores, so media processes of one file would wait
// for everything that the other files do.
const { PRIORITY_BELOW_NORMAL } = constants.priority;
if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);

const tests = run({
  files: groupFiles(files),
  concurrency: CONCURRENCY,
  timeout: FILE_TIMEOUT_MS,
  ...(testNamePatterns.length > 0 ? { testNamePatterns } : {}),
});
tests
  .on('test:pass', countMatch)
  .on('test:fail', countMatch)
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .on('end', () => {
    if (testNamePatterns.length === 0 || matches > 0) return;
    // The words of the filter occur in the files, but not in any test's name. The run must fail, because a typing
    // mistake in a filter must not look like success.
    process.exitCode = 1;
    process.stderr.write(`everclip: No test has "${names.join('" or "')}" in its name.\n`);
  });
/** @type {NodeJS.ReadableStream} */ (tests.compose(new SpecReporter())).pipe(process.stdout);
