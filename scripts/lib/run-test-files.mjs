// Run by test.mjs as `node --import tsx run-test-files.mjs <JSON>`. It exists because `node --test` sorts its files
// by name, and the longest should start first.
import process from 'node:process';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';

const { files, namePatterns } = JSON.parse(process.argv[2]);

run({
  files,
  concurrency: 2,
  timeout: 300_000,
  ...(namePatterns.length > 0 ? { testNamePatterns: namePatterns.map((s) => new RegExp(s)) } : {}),
})
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .compose(new Spec())
  .pipe(process.stdout);
