// `npm run test:fire [-- --seconds 180 --clips 200 --readers 50 --seed N]`: kills each process of Everclip with -9 in
// turn while readers follow permalinks. Exits with 1 if a permalink leads to a dead link.
import process from 'node:process';
import { setUp } from './setup/set-up.mjs';
import { ROOT } from './support/paths.mjs';
import { runInForeground } from './support/programs.mjs';
import { runScript } from './support/run-script.mjs';
import { withoutSecrets } from './support/secrets.mjs';
import { withoutSettings } from './support/settings.mjs';
import { TYPESCRIPT_FLAGS } from './typescript/flags.mjs';

const args = process.argv.slice(2);

await runScript(async () => {
  await withoutSecrets(() => setUp());
  process.exitCode = await runInForeground(
    process.execPath,
    [...TYPESCRIPT_FLAGS, 'test/support/fire/main.ts', ...args],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
