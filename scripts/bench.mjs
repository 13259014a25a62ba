// `npm run bench -- NAME [args]`: runs bench/NAME.ts. Its stdout is the benchmark's alone.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { runScript } from './lib/main.mjs';
import { ROOT } from './lib/paths.mjs';
import { runInForeground } from './lib/run.mjs';
import { SetUpError } from './lib/set-up-error.mjs';
import { setUp } from './lib/set-up.mjs';
import { withoutSettings } from './lib/settings.mjs';

const [name, ...args] = process.argv.slice(2);

await runScript(async () => {
  const entries = await readdir(join(ROOT, 'bench'), { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => entry.name.slice(0, -'.ts'.length));
  const usage = `npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`;
  if (!name) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (!names.includes(name)) throw new SetUpError(`There is no benchmark "${name}": ${usage}.`);

  await setUp({ build: 'workflows' });
  process.exitCode = await runInForeground(
    process.execPath,
    ['--import', 'tsx', `bench/${name}.ts`, ...args],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
