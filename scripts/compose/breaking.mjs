import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { say, secondsSince } from '../lib/report.mjs';
import { until } from './until.mjs';

/** Runs the demo in the stack, breaks it in every way that a machine can, and looks what became of the clips. */
export async function breakEverything(stack, look) {
  const startMs = Date.now();
  await stack.up();
  await stack.untilHealthy();
  say(`healthy ${secondsSince(startMs)} after \`up\``);
  await seeOneRefreshed(look);
  await backfill(look);

  await stack.scaleWorkers(3);
  await stack.untilHealthy();
  say('three workers');
  for (const [service, used] of await stack.memory()) say(`memory of ${service}: ${used}`);

  const before = await look.clips();
  for (const service of stack.services) {
    await stack.kill(service);
    say(`killed ${service}, and it is back`);
    await pause(3000);
  }
  await stack.untilHealthy();
  await assertAllThere(look, before, 'after a kill of each');
  await stack.restart();
  await stack.untilHealthy();
  await assertAllThere(look, before, 'after a restart of all');

  const newest = Math.max(...(await look.records()).map(({ Date: posted }) => posted));
  await until('new clips are archived again', async () =>
    (await look.records()).some(({ Date: posted, Thumbnail }) => posted > newest && Thumbnail),
  );
  say('and new clips are archived');
}

async function seeOneRefreshed(look) {
  const first = await until('a demo clip has its thumbnail', async () =>
    (await look.records()).find(({ Thumbnail }) => Thumbnail),
  );
  say(`archived: ${first.Filename}, ${first.Thumbnail}`);
  await until('its link is refreshed', async () =>
    (await look.records()).find(
      ({ Id, Expire_Timestamp }) => Id === first.Id && Expire_Timestamp > first.Expire_Timestamp,
    ),
  );
  say('refreshed');
}

async function backfill(look) {
  const channelId = await look.historyChannel();
  await look.startBackfill(channelId);
  const completed = `WorkflowId = 'backfill-${channelId}' AND ExecutionStatus = 'Completed'`;
  await until('the backfill is done', async () => (await look.count(completed)) === 1);
  const history = await until('the 12 clips of the history have records', async () => {
    const records = await look.records();
    const found = records.filter((record) => record.channelId === channelId);
    return found.length >= 12 ? found : null;
  });
  say(`backfilled ${history.length} clips`);
}

/** Every clip of before still runs, or its message was deleted meanwhile; and none is there twice. */
async function assertAllThere(look, before, when) {
  const after = await until(`all clips are listed ${when}`, async () => {
    const now = await look.clips();
    return before.every(({ id }) => now.some((clip) => clip.id === id)) ? now : null;
  });
  const ids = after.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, `no clip is there twice ${when}`);
  const records = await look.records();
  assert.equal(new Set(records.map(({ Id }) => Id)).size, records.length);
  for (const { id } of before) {
    const { status } = after.find((clip) => clip.id === id);
    assert.match(status, /RUNNING|COMPLETED/, `${id} ${when}`);
    const hasRecord = records.some(({ Id }) => id === `clip-${Id}`);
    assert.ok(hasRecord, `${id} has a record ${when}`);
  }
  say(`all ${before.length} clips are there ${when}, ${after.length} now`);
}
