import { clipQuery } from '../src/workflows/messages.ts';
import { bundleWorkflows } from './pipeline/bundle.ts';
import { cpuSeconds, cpuSecondsEach } from './pipeline/cpu.ts';
import { meanHistory } from './pipeline/histories.ts';
import { startRig, type Rig } from './pipeline/rig.ts';
import { runMany } from './pipeline/run-many.ts';
import { installRuntime } from './pipeline/runtime.ts';
import { say } from './pipeline/say.ts';
import { Sleepers } from './pipeline/sleepers.ts';
import { temporaryFolder } from './pipeline/temporary-folder.ts';
import { endlessWorkflows } from './waking/endless-workflows.ts';

const CLIPS = 40;
const REFRESHES = [1, 5, 15, 30];

/**
 * How long it takes to wake a clip that is in no worker's cache, by how often it was refreshed in
 * its run: the worker fetches its history and replays it. REFRESHES_PER_RUN was chosen by it.
 */
async function main(): Promise<void> {
  say('This takes about five minutes.');
  const folder = temporaryFolder();
  const sleepers = new Sleepers();
  installRuntime(sleepers);
  const rig = await startRig(folder, await bundleWorkflows(folder, endlessWorkflows(folder)));
  const clips: { refreshes: number; ids: string[]; events: number }[] = [];
  // Those of 0 refreshes warm the new worker up.
  for (const refreshes of [0, ...REFRESHES]) {
    say(`${CLIPS} clips, each refreshed ${refreshes} times`);
    const { ids } = await runMany(rig, sleepers, 'clip', { count: CLIPS, refreshes });
    clips.push({ refreshes, ids, events: (await meanHistory(rig.client, ids)).events });
  }
  await rig.restartWorkers();
  const rows = [];
  for (const { ids, ...clip } of clips) {
    const [asleep, awake] = [await wakeAll(rig, ids), await wakeAll(rig, ids)];
    if (clip.refreshes === 0) continue;
    rows.push({
      ...{ ...clip, wakingMs: rounded(asleep.ms), cachedMs: rounded(awake.ms) },
      workerCpuMs: rounded(asleep.workerCpuMs - awake.workerCpuMs),
      serverCpuMs: rounded(asleep.serverCpuMs - awake.serverCpuMs),
    });
  }
  await rig.stopWorkers();
  await rig.server.stopAndMeasure();
  if (!process.argv.includes('--json')) console.table(rows);
  console.log(JSON.stringify(rows));
}

/** Asks one clip after the other for its state, which its workflow must be awake for; medians and means of one. */
async function wakeAll({ client, server }: Rig, ids: string[]) {
  const cpuBefore = cpuSeconds(server.pid);
  const times: number[] = [];
  for (const id of ids) {
    const startMs = performance.now();
    await client.workflow.getHandle(id).query(clipQuery);
    times.push(performance.now() - startMs);
  }
  const cpu = cpuSecondsEach(cpuBefore, cpuSeconds(server.pid), ids.length);
  return {
    ms: times.sort((a, b) => a - b)[times.length >> 1] ?? NaN,
    workerCpuMs: cpu.workerCpuSeconds * 1000,
    serverCpuMs: cpu.serverCpuSeconds * 1000,
  };
}

const rounded = (value: number): number => Number(value.toFixed(1));

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
