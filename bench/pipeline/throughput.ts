import { startRig } from './rig.ts';
import { runMany, type Ran } from './run-many.ts';
import { say } from './say.ts';
import { PAIRS, WARM_UP_WORKFLOWS, WORKFLOWS_PER_ROUND } from './sizes.ts';
import type { Sleepers } from './sleepers.ts';
import { KINDS, type Kind } from './start-many.ts';

/** Medians of all rounds. */
export interface Throughput extends Record<Kind, Omit<Ran, 'ids'>> {
  /** Clips per second by bare workflows per second, median of the pairs. */
  ratio: number;
}

/** How many workflows a second get from their start to their sleep, clips and bare ones by turns. */
export async function measureThroughput(
  folder: string,
  bundle: string,
  sleepers: Sleepers,
): Promise<Throughput> {
  const rig = await startRig(folder, bundle);
  const run = (kind: Kind, count: number) => runMany(rig, sleepers, kind, { count, refreshes: 0 });
  for (const kind of KINDS) await run(kind, WARM_UP_WORKFLOWS);
  const clip: Ran[] = [];
  const bare: Ran[] = [];
  const ratios: number[] = [];
  for (let number = 1; number <= PAIRS; number++) {
    // They take turns in going first: the database grows, and machines have moods.
    const bareFirst = number % 2 === 0 ? await run('bare', WORKFLOWS_PER_ROUND) : null;
    const ofClips = await run('clip', WORKFLOWS_PER_ROUND);
    const ofBare = bareFirst ?? (await run('bare', WORKFLOWS_PER_ROUND));
    clip.push(ofClips);
    bare.push(ofBare);
    ratios.push(ofClips.perSecond / ofBare.perSecond);
    const [clips, bares] = [ofClips, ofBare].map(({ perSecond }) => perSecond.toFixed(1));
    say(`pair ${number} of ${PAIRS}: ${clips} clips and ${bares} bare workflows a second`);
  }
  await rig.stopWorkers();
  await rig.server.stopAndMeasure();
  return { clip: medians(clip), bare: medians(bare), ratio: median(ratios) };
}

const medians = (rounds: Ran[]) => ({
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  cpu: {
    workerCpuSeconds: median(rounds.map(({ cpu }) => cpu.workerCpuSeconds)),
    serverCpuSeconds: median(rounds.map(({ cpu }) => cpu.serverCpuSeconds)),
  },
});

/** Of an odd number of values. */
const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
