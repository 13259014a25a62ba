// `npm start`: sets up what is missing, then is the program.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { runScript } from './lib/main.mjs';
import { ROOT } from './lib/paths.mjs';
import { setUp } from './lib/set-up.mjs';

await runScript(async () => {
  const envFile = join(ROOT, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile); // what the environment already says, wins
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = process.env;
  const hasTemporal = Boolean(TEMPORAL_ADDRESS || TEMPORAL_PROFILE || TEMPORAL_CONFIG_FILE);
  await setUp({ temporal: !hasTemporal, build: 'all' });
});

process.setSourceMapsEnabled(true);
const { main } = await import('../dist/local/main.js');
await main();
