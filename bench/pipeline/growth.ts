import { costOfRefresh, type Cost } from './cost.ts';
import { meanHistory } from './histories.ts';
import { pause } from './pause.ts';
import { refreshesPerRun } from './refreshes-per-run.ts';
import { startRig } from './rig.ts';
import { runMany } from './run-many.ts';
import { say } from './say.ts';
import { REFRESHES, REFRESHING_WORKFLOWS, SETTLE_MS, WORKFLOWS_PER_ROUND } from './sizes.ts';
import type { Sleepers } from './sleepers.ts';
import type { Amount, Kind } from './start-many.ts';

export type Growth = Record<Kind, { sleeping: Cost; refresh: Cost }>;

/** What a sleeping workflow and each of its refreshes cost, each measured on a server of its own. */
export async function measureGrowth(
  folder: string,
  bundle: string,
  sleepers: Sleepers,
): Promise<Growth> {
  const perRun = refreshesPerRun();
  const refreshes = Math.max(Math.round(REFRESHES / perRun), 1) * perRun;
  const emptyBytes = await bytesOfEmpty(folder, bundle);

  /** Starts the next one while this one's server settles: what it returns is a cost to come. */
  const run = async (kind: Kind, amount: Amount): Promise<() => Promise<Cost>> => {
    say(`${amount.count} ${kind} workflows, each refreshed ${amount.refreshes} times`);
    const rig = await startRig(folder, bundle);
    const { ids, cpu } = await runMany(rig, sleepers, kind, amount);
    const counts = await meanHistory(rig.client, ids);
    await rig.stopWorkers();
    const settledBytes = pause(SETTLE_MS).then(() => rig.server.stopAndMeasure());
    settledBytes.catch(() => undefined);
    // In a database that all share, the next one's bytes must not be counted as this one's.
    if (rig.server.pid === null) await settledBytes;
    return async () => ({
      ...{ ...counts, ...cpu },
      bytes: ((await settledBytes) - emptyBytes) / amount.count,
    });
  };

  const measure = async (kind: Kind) => {
    const sleeping = await run(kind, { count: WORKFLOWS_PER_ROUND, refreshes: 0 });
    // A small database is less full: as many that were never refreshed are what to compare with.
    const asleep = await run(kind, { count: REFRESHING_WORKFLOWS, refreshes: 0 });
    const refreshed = await run(kind, { count: REFRESHING_WORKFLOWS, refreshes });
    return async () => ({
      sleeping: await sleeping(),
      refresh: costOfRefresh(await refreshed(), await asleep(), refreshes),
    });
  };

  const clip = await measure('clip');
  const bare = await measure('bare');
  say('waiting for the last server to settle');
  return { clip: await clip(), bare: await bare() };
}

/** Of a server whose workers never had anything to do. */
async function bytesOfEmpty(folder: string, bundle: string): Promise<number> {
  const rig = await startRig(folder, bundle);
  await rig.stopWorkers();
  return await rig.server.stopAndMeasure();
}
