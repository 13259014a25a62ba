// `npm run build [-- --force]`: compiles src/ into dist/ and bundles the workflows, if the sources have changed.
import process from 'node:process';
import { ensureBuild } from './setup/ensure-build.mjs';
import { ensurePackages } from './setup/ensure-packages.mjs';
import { say, secondsSince } from './support/report.mjs';
import { runScript } from './support/run-script.mjs';
import { withoutSecrets } from './support/secrets.mjs';

await runScript(async () => {
  const startMs = Date.now();
  await withoutSecrets(async () => {
    await ensurePackages();
    await ensureBuild({ force: process.argv.includes('--force') });
  });
  say(`dist/ is up to date (${secondsSince(startMs)})`);
});
