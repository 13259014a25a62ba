// `node --import ./scripts/typescript/register.mjs FILE.ts` runs TypeScript from source, on every Node that Everclip
// supports. Node passes the flag on to child processes that it forks.
import { register } from 'node:module';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

// Temporal starts a thread for each worker. These threads run only JavaScript, and hooks would make each start slower.
if (isMainThread) {
  register('./hooks.mjs', import.meta.url);
  process.setSourceMapsEnabled(true);
}
