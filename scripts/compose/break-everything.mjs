import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { say, secondsSince } from '../support/report.mjs';
import { checkIsolation } from './check-isolation.mjs';
import { checkLibrary } from './check-library.mjs';
import { until } from './until.mjs';

/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {import('./archive.mjs').Archive} Archive */
/** @typedef {import('./archive.mjs').ClipWorkflow} ClipWorkflow */

/** The number of clips in the demo's history by default. */
const HISTORY_CLIPS = 36;
const BETWEEN_KILLS_MS = 3000;

/**
 * Runs the demo in the stack, kills each service, restarts all services, and checks that no clip is lost or
 * duplicated. Also checks that the service media is isolated.
 *
 * @param {Stack} stack
 * @param {Archive} archive
 */
export async function breakEverything(stack, archive) {
  const startMs = Date.now();
  await stack.start();
  await stack.untilHealthy();
  say(`every container was healthy ${secondsSince(startMs)} after \`docker compose up\``);
  await watchFirstRefresh(archive);
  await backfillHistory(archive);
  await checkLibrary(archive, 'at first');

  await stack.scaleWorkers(3);
  await stack.untilHealthy();
  say('three workers are running');
  await checkIsolation({ isProduction: stack.isProduction });
  for (const { service, memory } of await stack.measureMemory()) {
    say(`memory of ${service}: ${memory}`);
  }

  const before = await archive.listClips();
  for (const service of stack.services) {
    await stack.kill(service);
    say(`killed ${service}, and Docker restarted it`);
    await pause(BETWEEN_KILLS_MS);
  }
  await stack.untilHealthy();
  await assertNothingLost(archive, before, 'after each service was killed');
  await checkLibrary(archive, 'after each service was killed');
  await stack.restart();
  await stack.untilHealthy();
  await assertNothingLost(archive, before, 'after all services were restarted');

  const newestDate = Math.max(...(await archive.readRecords()).map(({ Date: posted }) => posted));
  await until('a new clip is archived', async () =>
    (await archive.readRecords()).some(
      ({ Date: posted, Thumbnail }) => posted > newestDate && Thumbnail,
    ),
  );
  say('new clips are archived again');
}

/** @param {Archive} archive */
async function watchFirstRefresh(archive) {
  const first = await until('a demo clip has its thumbnail', async () =>
    (await archive.readRecords()).find(({ Thumbnail }) => Thumbnail),
  );
  say(`archived ${first.Filename} with ${first.Thumbnail}`);
  await until(`the link of ${first.Filename} is refreshed`, async () =>
    (await archive.readRecords()).find(
      ({ Id, Expire_Timestamp }) => Id === first.Id && Expire_Timestamp > first.Expire_Timestamp,
    ),
  );
  say(`refreshed the link of ${first.Filename}`);
}

/** @param {Archive} archive */
async function backfillHistory(archive) {
  const channelId = await archive.findHistoryChannel();
  await archive.startBackfill(channelId);
  const completed = `WorkflowId = 'backfill-${channelId}' AND ExecutionStatus = 'Completed'`;
  await until(
    'the backfill has completed',
    async () => (await archive.countWorkflows(completed)) === 1,
  );
  const history = await until(
    `the ${HISTORY_CLIPS} clips of the history have records`,
    async () => {
      const records = await archive.readRecords();
      const found = records.filter((record) => record.channelId === channelId);
      return found.length >= HISTORY_CLIPS ? found : null;
    },
  );
  say(`backfilled ${history.length} clips`);
}

/**
 * Asserts that each earlier clip still runs, or has completed because its message was deleted, and that no clip
 * is listed twice.
 *
 * @param {Archive} archive
 * @param {ClipWorkflow[]} before
 * @param {string} when
 */
async function assertNothingLost(archive, before, when) {
  const after = await until(`all clips are listed ${when}`, async () => {
    const now = await archive.listClips();
    return before.every(({ id }) => now.some((clip) => clip.id === id)) ? now : null;
  });
  const ids = after.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, `a clip has more than one workflow ${when}`);
  const records = await archive.readRecords();
  const recordIds = new Set(records.map(({ Id }) => Id));
  assert.equal(recordIds.size, records.length, `a clip has more than one record ${when}`);
  for (const { id } of before) {
    const status = after.find((clip) => clip.id === id)?.status ?? '';
    assert.match(status, /RUNNING|COMPLETED/, `${id} ${when}`);
    const hasRecord = records.some(({ Id }) => id === `clip-${Id}`);
    assert.ok(hasRecord, `${id} has no record ${when}`);
  }
  say(`all ${before.length} clips are still there ${when}; there are ${after.length} now`);
}
