// `npm test [-- FILTER...]`: checks the code and runs all tests. With filters, runs only the tests that match.
import process from 'node:process';
import { setUp } from './setup/set-up.mjs';
import { ROOT } from './support/paths.mjs';
import { runInForeground } from './support/programs.mjs';
import { runScript } from './support/run-script.mjs';
import { withoutSecrets } from './support/secrets.mjs';
import { withoutSettings } from './support/settings.mjs';
import { checkCode } from './test/check-code.mjs';
import { selectTests } from './test/select-tests.mjs';
import { TYPESCRIPT_FLAGS } from './typescript/flags.mjs';
import { pruneTypescriptCache } from './typescript/prune-cache.mjs';

const WAIT_FOR_START = new URL('test/wait-for-start.mjs', import.meta.url).href;
/** The tests in these folders open pages in Chromium. */
const BROWSER_FOLDER = '/browser/';

const filters = process.argv.slice(2);

await runScript(async () => {
  await pruneTypescriptCache();
  const selection = await selectTests(filters);
  const hasPages = selection.files.some((path) => path.includes(BROWSER_FOLDER));
  const chromium = hasPages && 'headless shell';
  await withoutSecrets(() => setUp({ fakeGcs: true, chromium }));
  if (filters.length === 0) await checkCode();
  process.exitCode = await runInForeground(
    process.execPath,
    [
      ...['--import', WAIT_FOR_START],
      ...TYPESCRIPT_FLAGS,
      'scripts/test/run-test-files.mjs',
      JSON.stringify(selection),
    ],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
