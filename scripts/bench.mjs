// `npm run bench -- NAME [args]`: sets up what is missing, then runs bench/NAME.ts. Only the benchmark prints to stdout.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setUp } from './setup/set-up.mjs';
import { ROOT } from './support/paths.mjs';
import { runInForeground } from './support/programs.mjs';
import { ScriptError } from './support/report.mjs';
import { runScript } from './support/run-script.mjs';
import { withoutSecrets } from './support/secrets.mjs';
import { withoutSettings } from './support/settings.mjs';
import { TYPESCRIPT_FLAGS } from './typescript/flags.mjs';

/** The benchmark that opens pages in Chromium. */
const BROWSER_BENCHMARK = 'pages';

const [name, ...args] = process.argv.slice(2);

await runScript(async () => {
  const entries = await readdir(join(ROOT, 'bench'), { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => entry.name.slice(0, -'.ts'.length));
  const usage = `run npm run bench -- NAME, where NAME is one of ${names.join(', ')}`;
  if (!name) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (!names.includes(name)) throw new ScriptError(`unknown benchmark "${name}": ${usage}.`);

  await withoutSecrets(() => setUp({ chromium: name === BROWSER_BENCHMARK && 'chromium' }));
  process.exitCode = await runInForeground(
    process.execPath,
    [...TYPESCRIPT_FLAGS, `bench/${name}.ts`, ...args],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
