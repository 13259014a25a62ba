// test.mjs runs this file as `node --import wait-for-start.mjs TYPESCRIPT_FLAGS run-test-files.mjs SELECTION`, with the
// selection as JSON. Node passes the flags on to the processes of the test files.
// `node --test` would sort the files by name, but the slowest files must start first.
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { groupFiles } from './group-files.mjs';
import { PROCESSES, sendStartSignals } from './start-signals.mjs';

/** Tests that can wait run below the others, whose links expire and whose pages stop. Media processes run at 10. */
const PATIENT_PRIORITY = 15;

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

const folder = mkdtempSync(join(tmpdir(), 'everclip-tests-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const planned = groupFiles(files, folder);
const signals = await sendStartSignals(planned, {
  folder,
  priorityOf: (file) => (file.isPatient ? PATIENT_PRIORITY : PRIORITY_BELOW_NORMAL),
});
process.env.TEST_START_SOCKET = signals.socketPath;
const tests = run({
  files: planned.map(({ path }) => path),
  concurrency: PROCESSES,
  ...(testNamePatterns.length > 0 ? { testNamePatterns } : {}),
});
tests
  .on('test:pass', countMatch)
  .on('test:fail', countMatch)
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .on('end', () => {
    signals.stop();
    if (testNamePatterns.length === 0 || matches > 0) return;
    // The words of the filter occur in the files, but not in any test's name. The run must fail, because a typing
    // mistake in a filter must not look like success.
    process.exitCode = 1;
    process.stderr.write(`everclip: No test has "${names.join('" or "')}" in its name.\n`);
  });
/** @type {NodeJS.ReadableStream} */ (tests.compose(new SpecReporter())).pipe(process.stdout);
