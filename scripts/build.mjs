// `npm run build [-- --force]`: compiles src/ into dist/ and bundles the workflows, if something changed.
import process from 'node:process';
import { ensureBuild } from './lib/ensure-build.mjs';
import { ensurePackages } from './lib/ensure-packages.mjs';
import { runScript } from './lib/main.mjs';
import { ROOT } from './lib/paths.mjs';
import { say, secondsSince } from './lib/report.mjs';

await runScript(async () => {
  const startMs = Date.now();
  await ensurePackages(ROOT);
  await ensureBuild({ force: process.argv.includes('--force') });
  say(`dist/ is up to date (${secondsSince(startMs)})`);
});
