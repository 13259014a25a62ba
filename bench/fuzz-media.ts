import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sharedMedia } from '../test/media/support/corpus.ts';
import { createFuzzReport, type FuzzMessage, type FuzzReport } from './fuzz-media/thread.ts';

const MAX_SEED = 1_000_000_000;
/** A case takes only milliseconds. If a thread reports nothing for this long, it has hung. */
const HANG_TIMEOUT_MS = 20_000;
/** Before its first report, a thread may also have to generate its corpus of clips. */
const FIRST_REPORT_TIMEOUT_MS = 60_000;
const MAX_HEAP_MB = 256;
/** The memory limit for the whole process. It includes the corpus and the buffers outside the heaps. */
const MAX_RSS_BYTES = 768 * 1024 * 1024;

/**
 * Reads damaged clips as the worker does, but without ffmpeg. Exits with 1 if a case crashes, hangs, takes too
 * long, or uses too much memory.
 *
 * `npm run bench -- fuzz-media [--cases 100000] [--seed N]`
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % MAX_SEED) },
  },
});
const cases = Number(values.cases);
const firstSeed = Number(values.seed);
const threads = Math.min(availableParallelism(), cases);
const casesPerThread = Math.ceil(cases / threads);
const total = createFuzzReport(0);

console.log(`${cases} cases from seed ${firstSeed}, corpus: ${sharedMedia ?? 'generated'}`);
const startMs = Date.now();
await Promise.all(
  Array.from({ length: threads }, (_, index) =>
    runThread(
      firstSeed + index * casesPerThread,
      firstSeed + Math.min(cases, (index + 1) * casesPerThread),
    ),
  ),
);
const seconds = (Date.now() - startMs) / 1000;
console.log(JSON.stringify({ seed: firstSeed, seconds, ...total }, null, 2));
const isBounded = total.mostRssBytes < MAX_RSS_BYTES;
process.exit(total.failures.length > 0 || total.cases < cases || !isBounded ? 1 : 0);

/**
 * Runs the seeds from `from` up to, but not including, `to`. If the thread hangs or crashes, its current seed
 * counts as failed.
 */
function runThread(from: number, to: number): Promise<void> {
  return new Promise((resolve) => {
    const thread = startThread(from, to);
    let seed = from;
    const end = () => {
      clearTimeout(watchdog);
      void thread.terminate();
      resolve();
    };
    const fail = (message: string): void => {
      total.failures.push({ seed, message });
      end();
    };
    let watchdog = setTimeout(fail, FIRST_REPORT_TIMEOUT_MS, 'sent no report within a minute');
    thread.on('message', (report: FuzzMessage) => {
      addReport(report);
      seed = report.nextSeed;
      clearTimeout(watchdog);
      watchdog = setTimeout(fail, HANG_TIMEOUT_MS, 'hangs');
      if (seed >= to) end();
    });
    thread.on('error', (error) => {
      fail(String(error));
    });
  });
}

function startThread(from: number, to: number): Worker {
  // Only the main thread reads TypeScript, so the thread must register the hooks itself.
  const hooks = import.meta.resolve('../scripts/typescript/hooks.mjs');
  const entry = import.meta.resolve('./fuzz-media/thread.ts');
  const code = `import('node:module').then(({ register }) => { register('${hooks}'); return import('${entry}'); });`;
  return new Worker(code, {
    eval: true,
    workerData: { from, to },
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
}

function addReport(report: FuzzReport): void {
  total.cases += report.cases;
  for (const [name, count] of Object.entries(report.outcomes)) {
    total.outcomes[name] = (total.outcomes[name] ?? 0) + count;
  }
  total.failures.push(...report.failures);
  if (report.slowest.cpuMs > total.slowest.cpuMs) total.slowest = report.slowest;
  total.mostReadBytes = Math.max(total.mostReadBytes, report.mostReadBytes);
  total.mostReads = Math.max(total.mostReads, report.mostReads);
  total.mostRssBytes = Math.max(total.mostRssBytes, report.mostRssBytes);
}
