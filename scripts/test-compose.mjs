// `npm run test:compose [-- production]`: builds the image, runs the whole stack in containers, breaks it in
// every way that a machine can, and looks whether every clip is still there, once. With `asleep` it measures
// what a thousand sleeping clips take of memory instead. Needs Docker with compose.
import process from 'node:process';
import { asleepSettings, measureAsleep } from './compose/asleep.mjs';
import { breakEverything } from './compose/breaking.mjs';
import { lookAtClips } from './compose/clips.mjs';
import { createDocker } from './compose/docker.mjs';
import { createStack } from './compose/stack.mjs';
import { runScript } from './lib/main.mjs';
import { say, step } from './lib/report.mjs';
import { SetUpError } from './lib/set-up-error.mjs';

const words = process.argv.slice(2);
const isProduction = words.includes('production');
const isAsleep = words.includes('asleep');

await runScript(async () => {
  const unknown = words.find((word) => word !== 'production' && word !== 'asleep');
  if (unknown) throw new SetUpError(`There is no "${unknown}": say production, asleep, or both.`);
  const docker = createDocker({ isProduction, settings: isAsleep ? asleepSettings : {} });
  const stack = createStack(docker, { isProduction });
  const look = lookAtClips(docker, { isProduction });
  await step({ doing: 'building the image', done: 'built the image' }, stack.build);
  say(`the image has ${await stack.imageMegabytes()} MB`);
  try {
    await (isAsleep ? measureAsleep : breakEverything)(stack, look);
  } catch (error) {
    process.stderr.write(`${await stack.lastWords()}\n`);
    throw error;
  } finally {
    await step({ doing: 'taking the stack down', done: 'taken down' }, stack.remove);
  }
  say(isAsleep ? 'measured' : 'the stack keeps its promises');
});
