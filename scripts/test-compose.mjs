// `npm run test:compose [-- production]`: builds the image, runs the whole stack in containers, breaks it in
// every way that a machine can, and looks whether every clip is still there, once. Needs Docker with compose.
import assert from 'node:assert/strict';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { createStack } from './lib/compose-stack.mjs';
import { runScript } from './lib/main.mjs';
import { say, secondsSince, step } from './lib/report.mjs';

const isProduction = process.argv.includes('production');
const stack = createStack({ isProduction });

await runScript(async () => {
  await step({ doing: 'building the image', done: 'built the image' }, stack.build);
  say(`the image has ${await stack.imageMegabytes()} MB`);
  try {
    await check();
  } catch (error) {
    process.stderr.write(await stack.lastWords());
    throw error;
  } finally {
    await step({ doing: 'taking the stack down', done: 'taken down' }, stack.remove);
  }
  say('the stack keeps its promises');
});

async function check() {
  const startMs = Date.now();
  await stack.up();
  await stack.untilHealthy();
  say(`healthy ${secondsSince(startMs)} after \`up\``);

  const first = await stack.until('a demo clip has its thumbnail', async () =>
    (await stack.records()).find(({ Thumbnail }) => Thumbnail),
  );
  say(`archived: ${first.Filename}, ${first.Thumbnail}`);
  await stack.until('its link is refreshed', async () =>
    (await stack.records()).find(
      ({ Id, Expire_Timestamp }) => Id === first.Id && Expire_Timestamp > first.Expire_Timestamp,
    ),
  );
  say('refreshed');

  const channelId = await stack.historyChannel();
  await stack.temporal(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', 'clips'],
    ...['--workflow-id', `backfill-${channelId}`, '--input', `{"channelId":"${channelId}"}`],
  );
  await stack.until(
    'the backfill is done',
    async () =>
      (await stack.count(
        `WorkflowId = 'backfill-${channelId}' AND ExecutionStatus = 'Completed'`,
      )) === 1,
  );
  const history = (await stack.records()).filter((record) => record.channelId === channelId);
  assert.ok(history.length >= 12, `the history's 12 clips have records: ${history.length}`);
  say(`backfilled ${history.length} clips`);

  await stack.scaleWorkers(3);
  await stack.untilHealthy();
  say('three workers');
  for (const [service, used] of await stack.memory()) say(`memory of ${service}: ${used}`);

  const before = await stack.clips();
  for (const service of stack.services) {
    await stack.kill(service);
    say(`killed ${service}`);
    await pause(3000);
  }
  await stack.untilHealthy();
  await assertAllThere(before, 'after a kill of each');
  await stack.restart();
  await stack.untilHealthy();
  await assertAllThere(before, 'after a restart of all');

  const newest = Math.max(...(await stack.records()).map(({ Date: posted }) => posted));
  await stack.until('new clips are archived again', async () =>
    (await stack.records()).some(({ Date: posted, Thumbnail }) => posted > newest && Thumbnail),
  );
  say('and new clips are archived');
}

/** Every clip of before still runs, or its message was deleted meanwhile; and none is there twice. */
async function assertAllThere(before, when) {
  const after = await stack.until(`all clips are listed ${when}`, async () => {
    const now = await stack.clips();
    return before.every(({ id }) => now.some((clip) => clip.id === id)) ? now : null;
  });
  const ids = after.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, `no clip is there twice ${when}`);
  for (const { id } of before) {
    const { status } = after.find((clip) => clip.id === id);
    assert.match(status, /RUNNING|COMPLETED/, `${id} ${when}`);
  }
  const records = await stack.records();
  assert.equal(new Set(records.map(({ Id }) => Id)).size, records.length);
  say(`all ${before.length} clips are there ${when}, ${after.length} now`);
}
