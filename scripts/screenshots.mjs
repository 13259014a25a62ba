// `npm run screenshots`: makes the pictures of the library's pages in docs/images/ from the demo.
import process from 'node:process';
import { setUp } from './setup/set-up.mjs';
import { ROOT } from './support/paths.mjs';
import { runInForeground } from './support/programs.mjs';
import { runScript } from './support/run-script.mjs';
import { withoutSecrets } from './support/secrets.mjs';
import { withoutSettings } from './support/settings.mjs';
import { TYPESCRIPT_FLAGS } from './typescript/flags.mjs';

await runScript(async () => {
  await withoutSecrets(() => setUp({ chromium: 'chromium' }));
  process.exitCode = await runInForeground(
    process.execPath,
    [...TYPESCRIPT_FLAGS, 'test/support/screenshots/main.ts'],
    { cwd: ROOT, env: withoutSettings(process.env) },
  );
});
