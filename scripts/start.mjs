// `npm start`: sets up what is missing, then runs the program in this process.
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { setUp } from './setup/set-up.mjs';
import { findNpmProcesses } from './support/end-with-npm.mjs';
import { ROOT } from './support/paths.mjs';
import { runScript } from './support/run-script.mjs';
import { blankSecrets, withoutSecrets } from './support/secrets.mjs';
import { loadEnvFile } from './support/settings.mjs';

await runScript(async () => {
  // npm and its shell keep the environment with which they were started.
  for (const pid of findNpmProcesses()) blankSecrets(pid);
  loadEnvFile();
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = process.env;
  const hasTemporal = Boolean(TEMPORAL_ADDRESS || TEMPORAL_PROFILE || TEMPORAL_CONFIG_FILE);
  await withoutSecrets(() => setUp({ temporal: !hasTemporal }));
});

process.setSourceMapsEnabled(true);
// The path is computed because dist/ does not exist when the scripts are type-checked.
const { main } = /** @type {{ main: () => Promise<void> }} */ (
  await import(pathToFileURL(join(ROOT, 'dist/local/main.js')).href)
);
await main();
