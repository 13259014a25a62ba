// `node run-local.mjs FILE` does what scripts/start.mjs does after its set-up. FILE is src/local/main.ts or its compiled
// form.
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const { main } = /** @type {{ main: () => Promise<void> }} */ (
  await import(pathToFileURL(process.argv[2] ?? '').href)
);
await main();
