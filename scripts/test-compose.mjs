// `npm run test:compose [-- WORD...]`: builds the image, runs the whole stack in containers, kills each service, and
// checks that no clip is lost or duplicated. Then restores a backup. Needs Docker with compose. The words are:
// - `production`: Temporal runs on PostgreSQL
// - `asleep`: instead measures how much memory a thousand sleeping clips take
// - `shards`: instead measures Temporal on PostgreSQL with different numbers of history shards
import process from 'node:process';
import { createArchive } from './compose/archive.mjs';
import { breakEverything } from './compose/break-everything.mjs';
import { checkBackup } from './compose/check-backup.mjs';
import { checkListQueries } from './compose/check-list-queries.mjs';
import { createDocker } from './compose/docker.mjs';
import { asleepSettings, measureAsleep } from './compose/measure-asleep.mjs';
import { createStack } from './compose/stack.mjs';
import { ensurePackages } from './setup/ensure-packages.mjs';
import { say, ScriptError, step } from './support/report.mjs';
import { runScript } from './support/run-script.mjs';

const words = process.argv.slice(2);
const isProduction = words.includes('production');
const isAsleep = words.includes('asleep');

await runScript(async () => {
  const unknown = words.find((word) => !['production', 'asleep', 'shards'].includes(word));
  if (unknown)
    throw new ScriptError(`unknown argument "${unknown}": use production, asleep or shards.`);
  if (words.includes('shards')) {
    await ensurePackages();
    // The module needs npm packages, so it can be loaded only now.
    const { measureShards } = await import('./compose/measure-shards.mjs');
    await measureShards();
    return;
  }
  const docker = createDocker({ isProduction, settings: isAsleep ? asleepSettings : {} });
  const stack = createStack(docker, { isProduction });
  const archive = createArchive(docker, { isProduction });
  await step({ doing: 'building the image', done: 'built the image' }, stack.build);
  say(`the image takes ${await stack.measureImage()} MB`);
  try {
    await (isAsleep ? measureAsleep : breakEverything)(stack, archive);
    if (!isAsleep) {
      await checkBackup(docker, stack, archive);
      await checkListQueries(docker, archive);
    }
  } catch (error) {
    process.stderr.write(`${await stack.readLastLogs()}\n`);
    throw error;
  } finally {
    await step({ doing: 'removing the stack', done: 'removed the stack' }, stack.remove);
  }
  say(isAsleep ? 'measured the memory' : 'no clip was lost or duplicated');
});
