// `npm test [-- FILTER...]`: linters, compiler and all tests; with filters, the tests that match and no more.
import process from 'node:process';
import { checkCode } from './lib/check-code.mjs';
import { runScript } from './lib/main.mjs';
import { ROOT } from './lib/paths.mjs';
import { runInForeground } from './lib/run.mjs';
import { setUp } from './lib/set-up.mjs';
import { withoutSettings } from './lib/settings.mjs';
import { selectTests } from './lib/test-files.mjs';

const filters = process.argv.slice(2);

await runScript(async () => {
  const { files, namePatterns } = await selectTests(ROOT, filters);
  await setUp({ fakeGcs: true, build: 'workflows' });
  if (filters.length === 0) await checkCode();
  const selection = JSON.stringify({
    files,
    namePatterns: namePatterns.map(({ source }) => source),
  });
  process.exitCode = await runInForeground(
    process.execPath,
    ['--import', 'tsx', 'scripts/lib/run-test-files.mjs', selection],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
