// `npm run doctor` and `npm run status`: sets up what is missing, then is the tool.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './lib/ensure-build.mjs';
import { ensurePackages } from './lib/ensure-packages.mjs';
import { runScript } from './lib/main.mjs';
import { ROOT } from './lib/paths.mjs';

const [name] = process.argv.splice(2, 1);

await runScript(async () => {
  const envFile = join(ROOT, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile); // what the environment already says, wins
  await ensurePackages(ROOT);
  await ensureBuild();
});

await import(pathToFileURL(join(ROOT, 'dist', name, 'main.js')).href);
