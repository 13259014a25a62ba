// `npm run doctor`, `npm run status` and `npm run reindex`: set up what is missing, then run the tool in this process.
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './setup/ensure-build.mjs';
import { ensurePackages } from './setup/ensure-packages.mjs';
import { ROOT } from './support/paths.mjs';
import { runScript } from './support/run-script.mjs';
import { withoutSecrets } from './support/secrets.mjs';
import { loadEnvFile } from './support/settings.mjs';

// The tool must see only its own arguments.
const [name = ''] = process.argv.splice(2, 1);

await runScript(async () => {
  loadEnvFile();
  await withoutSecrets(async () => {
    await ensurePackages();
    await ensureBuild();
  });
});

await import(pathToFileURL(join(ROOT, 'dist', name, 'main.js')).href);
