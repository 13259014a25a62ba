// Run by test.mjs as `node --import tsx run-test-files.mjs <JSON>`. It exists because `node --test` sorts its files
// by name, and the longest should start first.
import process from 'node:process';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';

const { files, namePatterns } = JSON.parse(process.argv[2]);
const patterns = namePatterns.map((source) => new RegExp(source));
let named = 0;
const count = ({ name, skip }) => {
  if (skip === undefined && patterns.some((pattern) => pattern.test(name))) named++;
};

run({
  files,
  concurrency: 2,
  timeout: 300_000,
  ...(patterns.length > 0 ? { testNamePatterns: patterns } : {}),
})
  .on('test:pass', count)
  .on('test:fail', count)
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .on('end', () => {
    if (patterns.length === 0 || named > 0) return;
    // The words stand in a file, but in no test's name: a typing mistake mustn't look like success.
    process.exitCode = 1;
    process.stderr.write(`everclip: no test has ${namePatterns.join(' or ')} in its name\n`);
  })
  .compose(new Spec())
  .pipe(process.stdout);
