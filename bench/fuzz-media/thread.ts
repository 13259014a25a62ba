import { parentPort, workerData } from 'node:worker_threads';
import { generatedFiles, sharedFiles } from '../../test/media/support/corpus.ts';
import { mutate, randomOf, runCase, specimenOf } from '../../test/media/support/fuzz-case.ts';

export interface FuzzReport {
  cases: number;
  outcomes: Record<string, number>;
  failures: { seed: number; message: string }[];
  slowest: { cpuMs: number; seed: number };
  mostReadBytes: number;
  mostReads: number;
  mostRssBytes: number;
}

const BATCH = 50;
const MAX_CPU_MS = 2000;

if (parentPort) {
  const port = parentPort;
  const { from, to } = workerData as { from: number; to: number };
  const shared = sharedFiles('real');
  const files = shared.length > 0 ? shared : await generatedFiles();
  const specimens = files.map(specimenOf);
  for (let seed = from; seed < to; seed += BATCH) {
    const report: FuzzReport = {
      ...{ cases: 0, outcomes: {}, failures: [], slowest: { cpuMs: 0, seed } },
      ...{ mostReadBytes: 0, mostReads: 0, mostRssBytes: 0 },
    };
    for (let one = seed; one < Math.min(seed + BATCH, to); one++) {
      const random = randomOf(one);
      const specimen = specimens[Math.floor(random() * specimens.length)];
      if (!specimen) throw new Error('no corpus');
      try {
        const result = await runCase(mutate(specimen, random));
        report.outcomes[result.outcome] = (report.outcomes[result.outcome] ?? 0) + 1;
        if (result.cpuMs > report.slowest.cpuMs)
          report.slowest = { cpuMs: result.cpuMs, seed: one };
        if (result.cpuMs > MAX_CPU_MS)
          report.failures.push({ seed: one, message: `${result.cpuMs} ms` });
        report.mostReadBytes = Math.max(report.mostReadBytes, result.readBytes);
        report.mostReads = Math.max(report.mostReads, result.reads);
      } catch (error) {
        const message = `${specimen.name}: ${error instanceof Error ? error.stack : String(error)}`;
        report.failures.push({ seed: one, message });
      }
      report.cases += 1;
    }
    report.mostRssBytes = process.memoryUsage.rss();
    port.postMessage({ ...report, nextSeed: Math.min(seed + BATCH, to) });
  }
}
