import { say } from '../support/benchmark.ts';
import { median } from '../support/numbers.ts';
import { startRigCatalog } from '../support/rig/rig-catalog.ts';
import { startRig } from '../support/rig/rig.ts';
import { KINDS, runWorkflows, type Kind, type Ran } from '../support/rig/run-workflows.ts';
import type { Sleepers } from '../support/workflows/sleepers.ts';

export const WORKFLOWS_PER_ROUND = 300;
/** The number is odd, so that the median is one of the measured values. */
const PAIRS = 5;
const WARM_UP_WORKFLOWS = 50;

/** The medians over all rounds. */
export interface Throughput extends Record<Kind, Omit<Ran, 'ids'>> {
  /** Clips per second divided by bare workflows per second, as the median over all pairs. */
  ratio: number;
}

/**
 * Measures how many workflows per second start and then reach their long sleep. Rounds with clips and rounds with bare
 * workflows alternate. With `hasCatalog`, the worker feeds a catalog meanwhile.
 *
 * @throws Error if the catalog has not learned all clips at the end
 */
export async function measureThroughput(
  folder: string,
  bundle: string,
  sleepers: Sleepers,
  { hasCatalog }: { hasCatalog: boolean },
): Promise<Throughput> {
  const catalog = hasCatalog ? await startRigCatalog(folder) : null;
  const rig = await startRig(folder, bundle, catalog === null ? {} : { catalog: catalog.port });
  const run = (kind: Kind, count: number) =>
    runWorkflows(rig, sleepers, kind, { count, refreshes: 0 });
  for (const kind of KINDS) await run(kind, WARM_UP_WORKFLOWS);
  const clipRounds: Ran[] = [];
  const bareRounds: Ran[] = [];
  const ratios: number[] = [];
  for (let pair = 1; pair <= PAIRS; pair++) {
    // Clips and bare workflows take turns going first, because the database grows and the machine's speed varies.
    const bareFirst = pair % 2 === 0 ? await run('bare', WORKFLOWS_PER_ROUND) : null;
    const clipRound = await run('clip', WORKFLOWS_PER_ROUND);
    const bareRound = bareFirst ?? (await run('bare', WORKFLOWS_PER_ROUND));
    clipRounds.push(clipRound);
    bareRounds.push(bareRound);
    ratios.push(clipRound.perSecond / bareRound.perSecond);
    const clips = clipRound.perSecond.toFixed(1);
    const bares = bareRound.perSecond.toFixed(1);
    say(`pair ${pair} of ${PAIRS}: ${clips} clips and ${bares} bare workflows per second`);
  }
  await rig.stopWorkers();
  await rig.server.stopAndMeasure();
  if (catalog !== null) checkCount(await catalog.stopAndCount());
  return {
    clip: medianRound(clipRounds),
    bare: medianRound(bareRounds),
    ratio: median(ratios),
  };
}

function checkCount(clips: number): void {
  const expected = WARM_UP_WORKFLOWS + PAIRS * WORKFLOWS_PER_ROUND;
  if (clips !== expected) throw new Error(`the catalog has ${clips} of ${expected} clips`);
}

function medianRound(rounds: Ran[]): Omit<Ran, 'ids'> {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpu: {
      workerCpuSeconds: median(rounds.map(({ cpu }) => cpu.workerCpuSeconds)),
      serverCpuSeconds: median(rounds.map(({ cpu }) => cpu.serverCpuSeconds)),
    },
  };
}
