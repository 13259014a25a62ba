// `npm run test:week -- --seeds 1,2,3`: kills the processes of Everclip and lets Discord fail at random while 2,000
// messages are posted, edited and deleted. Exits with 1 if the archive differs from the truth in the end.
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
  await withoutSecrets(() => setUp({ fakeGcs: true }));
  process.exitCode = await runInForeground(
    process.execPath,
    [...TYPESCRIPT_FLAGS, 'test/support/week/main.ts', ...args],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
