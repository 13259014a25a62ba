import { setTimeout as pause } from 'node:timers/promises';
import { say } from '../support/benchmark.ts';
import type { CpuSeconds } from '../support/cpu.ts';
import { countMeanHistory, type HistoryCounts } from '../support/workflows/count-history.ts';
import { readRefreshesPerRun } from '../support/workflows/refreshes-per-run.ts';
import { startRig } from '../support/rig/rig.ts';
import { runWorkflows, type Amount, type Kind } from '../support/rig/run-workflows.ts';
import type { Sleepers } from '../support/workflows/sleepers.ts';
import { WORKFLOWS_PER_ROUND } from './measure-throughput.ts';

const REFRESHING_WORKFLOWS = 100;
/**
 * How often each workflow is refreshed, approximately. The benchmark rounds this number to whole runs. A run ends with
 * continue-as-new, whose cost is part of the cost of the refreshes.
 */
const REFRESHES = 15;
/**
 * Within this time after the last workflow fell asleep, the server deletes the tasks in its internal queues. Most of
 * these tasks are timeouts of activities. Without this wait, the bytes of the tasks would count as the workflows'
 * bytes.
 */
const SETTLE_MS = 100_000;

/** The cost of one workflow, or of one refresh of a workflow. */
export interface Cost extends HistoryCounts, CpuSeconds {
  /** Bytes of the server's database. */
  bytes: number;
}

/** The costs of clips without storyboards and of bare workflows, and of sleeping clips with storyboards. */
export interface Growth extends Record<Kind, { sleeping: Cost; refresh: Cost }> {
  withStoryboard: Cost;
}

/** What is started, and whether clips get storyboards. */
interface Started extends Amount {
  makesStoryboards?: boolean;
}

/** Returns the cost. The promise resolves once the server has settled. */
type PendingCost = () => Promise<Cost>;

/** Measures what a sleeping workflow costs, and what each refresh adds. Each measurement uses a new server. */
export async function measureGrowth(
  folder: string,
  bundle: string,
  sleepers: Sleepers,
): Promise<Growth> {
  const perRun = readRefreshesPerRun();
  const refreshes = Math.max(Math.round(REFRESHES / perRun), 1) * perRun;
  const emptyBytes = await measureEmptyDatabase(folder, bundle);

  /** Resolves before the server has settled, so that the next measurement can already run while this server settles. */
  const run = async (
    kind: Kind,
    { makesStoryboards = false, ...amount }: Started,
  ): Promise<PendingCost> => {
    say(`${amount.count} ${kind} workflows, each refreshed ${amount.refreshes} times`);
    const rig = await startRig(folder, bundle);
    rig.makeStoryboards(makesStoryboards);
    const { ids, cpu } = await runWorkflows(rig, sleepers, kind, amount);
    const counts = await countMeanHistory(rig.client, ids);
    await rig.stopWorkers();
    const settledBytes = pause(SETTLE_MS).then(() => rig.server.stopAndMeasure());
    // Mark the rejection as handled; the caller still sees it.
    settledBytes.catch(() => undefined);
    // With an external server, all measurements share one database, so the next measurement must wait until this
    // measurement's bytes are known.
    if (rig.server.pid === null) await settledBytes;
    return async () => ({
      ...counts,
      ...cpu,
      bytes: ((await settledBytes) - emptyBytes) / amount.count,
    });
  };

  const measureKind = async (kind: Kind) => {
    const sleeping = await run(kind, { count: WORKFLOWS_PER_ROUND, refreshes: 0 });
    // In a small database the pages are less full, so each workflow takes more bytes. The baseline for refreshed
    // workflows is therefore the same number of sleeping workflows.
    const asManySleeping = await run(kind, { count: REFRESHING_WORKFLOWS, refreshes: 0 });
    const refreshed = await run(kind, { count: REFRESHING_WORKFLOWS, refreshes });
    return async () => ({
      sleeping: await sleeping(),
      refresh: costPerRefresh(await refreshed(), await asManySleeping(), refreshes),
    });
  };

  const clip = await measureKind('clip');
  const count = WORKFLOWS_PER_ROUND;
  const withStoryboard = await run('clip', { count, refreshes: 0, makesStoryboards: true });
  const bare = await measureKind('bare');
  say('waiting until the last server has settled');
  return {
    clip: await clip(),
    bare: await bare(),
    withStoryboard: await withStoryboard(),
  };
}

/** Returns the database bytes of a server whose workers never had a task. */
async function measureEmptyDatabase(folder: string, bundle: string): Promise<number> {
  const rig = await startRig(folder, bundle);
  await rig.stopWorkers();
  return await rig.server.stopAndMeasure();
}

function costPerRefresh(refreshed: Cost, sleeping: Cost, refreshes: number): Cost {
  const perRefresh = (name: keyof Cost) => (refreshed[name] - sleeping[name]) / refreshes;
  return {
    bytes: perRefresh('bytes'),
    runs: perRefresh('runs'),
    events: perRefresh('events'),
    remoteActivities: perRefresh('remoteActivities'),
    localActivities: perRefresh('localActivities'),
    workerCpuSeconds: perRefresh('workerCpuSeconds'),
    serverCpuSeconds: perRefresh('serverCpuSeconds'),
  };
}
