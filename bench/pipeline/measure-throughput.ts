import { say } from '../support/benchmark.ts';
import { median } from '../support/numbers.ts';
import { startRigCatalog } from '../support/rig/rig-catalog.ts';
import { startRig } from '../support/rig/rig.ts';
import { runWorkflows, type Kind, type Ran } from '../support/rig/run-workflows.ts';
import type { Sleepers } from '../support/workflows/sleepers.ts';

export const WORKFLOWS_PER_ROUND = 300;
/** The number is odd, so that the median is one of the measured values. */
const PAIRS = 5;
const WARM_UP_WORKFLOWS = 50;

/** What a round runs. A clip with a storyboard has one activity more than a clip without. */
export const ROUNDS = ['clip', 'clipWithStoryboard', 'bare'] as const;
export type Round = (typeof ROUNDS)[number];

/** The medians over all rounds. */
export interface Throughput extends Record<Round, Omit<Ran, 'ids'>> {
  /** Clips per second divided by bare workflows per second, as the median over all pairs. */
  ratios: Record<Exclude<Round, 'bare'>, number>;
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
  const run = async (round: Round, count: number): Promise<Ran> => {
    rig.makeStoryboards(round === 'clipWithStoryboard');
    return await runWorkflows(rig, sleepers, kindOf(round), { count, refreshes: 0 });
  };
  for (const round of ROUNDS) await run(round, WARM_UP_WORKFLOWS);
  const ran: Record<Round, Ran[]> = { clip: [], clipWithStoryboard: [], bare: [] };
  for (let pair = 1; pair <= PAIRS; pair++) {
    // The order changes, because the database grows and the machine's speed varies.
    const order = pair % 2 === 0 ? ROUNDS.toReversed() : ROUNDS;
    for (const round of order) ran[round].push(await run(round, WORKFLOWS_PER_ROUND));
    const speeds = ROUNDS.map((round) => `${round} ${ran[round].at(-1)?.perSecond.toFixed(1)}`);
    say(`pair ${pair} of ${PAIRS}, workflows per second: ${speeds.join(', ')}`);
  }
  await rig.stopWorkers();
  await rig.server.stopAndMeasure();
  if (catalog !== null) checkCount(await catalog.stopAndCount());
  const { clip, clipWithStoryboard, bare } = ran;
  return {
    clip: medianRound(clip),
    clipWithStoryboard: medianRound(clipWithStoryboard),
    bare: medianRound(bare),
    ratios: {
      clip: medianRatio(clip, bare),
      clipWithStoryboard: medianRatio(clipWithStoryboard, bare),
    },
  };
}

function kindOf(round: Round): Kind {
  return round === 'bare' ? 'bare' : 'clip';
}

function checkCount(clips: number): void {
  const kindsOfClips = ROUNDS.filter((round) => round !== 'bare').length;
  const expected = kindsOfClips * (WARM_UP_WORKFLOWS + PAIRS * WORKFLOWS_PER_ROUND);
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

/** The median of the pairs' ratios varies less than the ratio of the two medians. */
function medianRatio(clips: Ran[], bares: Ran[]): number {
  return median(clips.map(({ perSecond }, at) => perSecond / (bares[at]?.perSecond ?? NaN)));
}
