// Runs the built program as `npm start` does, but without the set-up and without .env.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../support/paths.mjs';

const { main } = /** @type {{ main: () => Promise<void> }} */ (
  await import(pathToFileURL(join(ROOT, 'dist/local/main.js')).href)
);
await main();
