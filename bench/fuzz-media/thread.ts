import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { generatedFiles, sharedFiles } from '../../test/media/support/corpus.ts';
import { mutate, runCase, specimenOf } from '../../test/media/support/fuzz-case.ts';
import { randomOf } from '../../test/support/random.ts';

export interface FuzzReport {
  cases: number;
  outcomes: Record<string, number>;
  failures: { seed: number; message: string }[];
  slowest: { cpuMs: number; seed: number };
  mostReadBytes: number;
  mostReads: number;
  mostRssBytes: number;
}

/** A report, and the next seed that the thread will run. */
export type FuzzMessage = FuzzReport & { nextSeed: number };

const CASES_PER_REPORT = 50;
const MAX_CPU_MS = 2000;

if (parentPort) await runSeeds(parentPort);

async function runSeeds(port: MessagePort): Promise<void> {
  const { from, to } = workerData as { from: number; to: number };
  const shared = sharedFiles('real');
  const files = shared.length > 0 ? shared : await generatedFiles();
  const specimens = files.map(specimenOf);
  for (let first = from; first < to; first += CASES_PER_REPORT) {
    const nextSeed = Math.min(first + CASES_PER_REPORT, to);
    const report = createFuzzReport(first);
    for (let seed = first; seed < nextSeed; seed++) await runSeed(seed, specimens, report);
    report.mostRssBytes = process.memoryUsage.rss();
    port.postMessage({ ...report, nextSeed } satisfies FuzzMessage);
  }
}

export function createFuzzReport(seed: number): FuzzReport {
  return {
    cases: 0,
    outcomes: {},
    failures: [],
    slowest: { cpuMs: 0, seed },
    mostReadBytes: 0,
    mostReads: 0,
    mostRssBytes: 0,
  };
}

/** Runs one case and adds its result to the report. */
async function runSeed(
  seed: number,
  specimens: readonly ReturnType<typeof specimenOf>[],
  report: FuzzReport,
): Promise<void> {
  const random = randomOf(seed);
  const specimen = specimens[Math.floor(random() * specimens.length)];
  if (!specimen) throw new Error('the corpus is empty');
  try {
    const result = await runCase(mutate(specimen, random));
    report.outcomes[result.outcome] = (report.outcomes[result.outcome] ?? 0) + 1;
    if (result.cpuMs > report.slowest.cpuMs) report.slowest = { cpuMs: result.cpuMs, seed };
    if (result.cpuMs > MAX_CPU_MS) {
      report.failures.push({ seed, message: `took ${result.cpuMs} ms of CPU` });
    }
    report.mostReadBytes = Math.max(report.mostReadBytes, result.readBytes);
    report.mostReads = Math.max(report.mostReads, result.reads);
  } catch (error) {
    const reason = error instanceof Error ? error.stack : String(error);
    report.failures.push({ seed, message: `${specimen.name}: ${reason}` });
  }
  report.cases += 1;
}
