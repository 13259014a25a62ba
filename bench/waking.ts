import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clipQuery } from '../src/workflows/messages.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { cpuSecondsPerItem, readCpuSeconds } from './support/cpu.ts';
import { median, roundTo } from './support/numbers.ts';
import { bundleWorkflows } from './support/workflows/bundle-workflows.ts';
import { countMeanHistory } from './support/workflows/count-history.ts';
import { readRefreshesPerRun, REFRESHES_PER_RUN } from './support/workflows/refreshes-per-run.ts';
import { startRig, type Rig } from './support/rig/rig.ts';
import { runWorkflows } from './support/rig/run-workflows.ts';
import { installRuntime, Sleepers } from './support/workflows/sleepers.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const CLIPS = 40;
/** How often the clips of each group were refreshed. The group with 0 refreshes only warms up the new worker. */
const REFRESHES = [0, 1, 5, 15, 30];

/**
 * Measures how long it takes to wake a clip that is in no worker's cache. Repeats the measurement for clips with
 * different numbers of refreshes in their run. To wake a clip, a worker fetches the clip's history and replays the
 * history. REFRESHES_PER_RUN is based on this benchmark.
 *
 * `npm run bench -- waking [--json]`
 */
await runBenchmark(async () => {
  say('This takes about five minutes.');
  const folder = createTemporaryFolder();
  const sleepers = new Sleepers();
  installRuntime(sleepers);
  const bundle = await bundleWorkflows(folder, copyEndlessWorkflows(folder));
  const rig = await startRig(folder, bundle);
  const groups: { refreshes: number; ids: string[]; events: number }[] = [];
  for (const refreshes of REFRESHES) {
    say(`${CLIPS} clips, each refreshed ${refreshes} times`);
    const { ids } = await runWorkflows(rig, sleepers, 'clip', { count: CLIPS, refreshes });
    const { events } = await countMeanHistory(rig.client, ids);
    groups.push({ refreshes, ids, events });
  }
  await rig.restartWorkers();
  const rows = [];
  for (const { refreshes, ids, events } of groups) {
    const asleep = await wakeClips(rig, ids);
    // Now the same clips are in the cache.
    const cached = await wakeClips(rig, ids);
    if (refreshes === 0) continue;
    rows.push({
      refreshes,
      events,
      wakingMs: roundTo(1, asleep.medianMs),
      cachedMs: roundTo(1, cached.medianMs),
      workerCpuMs: roundTo(1, asleep.workerCpuMs - cached.workerCpuMs),
      serverCpuMs: roundTo(1, asleep.serverCpuMs - cached.serverCpuMs),
    });
  }
  await rig.stopWorkers();
  await rig.server.stopAndMeasure();
  if (!process.argv.includes('--json')) console.table(rows);
  console.log(JSON.stringify(rows));
});

/**
 * Queries one clip after the other. A query wakes the workflow.
 *
 * @returns the median time of a query, and the mean CPU time
 */
async function wakeClips({ client, server }: Rig, ids: string[]) {
  const cpuBefore = readCpuSeconds(server.pid);
  const times: number[] = [];
  for (const id of ids) {
    const startMs = performance.now();
    await client.workflow.getHandle(id).query(clipQuery);
    times.push(performance.now() - startMs);
  }
  const cpu = cpuSecondsPerItem(cpuBefore, readCpuSeconds(server.pid), ids.length);
  return {
    medianMs: median(times),
    workerCpuMs: cpu.workerCpuSeconds * 1000,
    serverCpuMs: cpu.serverCpuSeconds * 1000,
  };
}

/**
 * Copies the workflows, and changes the copy so that a clip's run never ends. The copy makes it possible to
 * measure runs that are longer than ours.
 *
 * @returns the module to bundle
 * @throws Error if the source no longer defines REFRESHES_PER_RUN
 */
function copyEndlessWorkflows(folder: string): string {
  readRefreshesPerRun();
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'src/workflows/clip/workflow.ts');
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(REFRESHES_PER_RUN, 'const REFRESHES_PER_RUN = Infinity;'));
  return join(folder, 'src/workflows/index.ts');
}
