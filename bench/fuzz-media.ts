import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sharedMedia } from '../test/media/support/corpus.ts';
import type { FuzzReport } from './fuzz-media/thread.ts';

/**
 * Reads damaged clips as the worker does, without ffmpeg, and reports what came out. Fails where one
 * crashes, hangs, takes too long, or grows beyond its limits.
 *
 * `npm run bench -- fuzz-media [--cases 100000] [--seed N]`
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
const [cases, firstSeed] = [Number(values.cases), Number(values.seed)];
const threads = Math.min(availableParallelism(), cases);
/** A case takes milliseconds; a thread silent for so long hangs. */
const HANG_MS = 20_000;
const MAX_HEAP_MB = 256;
/** Of the whole process, the corpus and buffers outside of heaps included. */
const MAX_RSS_BYTES = 768 * 1024 * 1024;

console.log(`${cases} cases from seed ${firstSeed}, corpus: ${sharedMedia ?? 'generated'}`);

const total: FuzzReport = {
  ...{ cases: 0, outcomes: {}, failures: [], slowest: { cpuMs: 0, seed: 0 } },
  ...{ mostReadBytes: 0, mostReads: 0, mostRssBytes: 0 },
};

function take(report: FuzzReport): void {
  total.cases += report.cases;
  for (const [name, count] of Object.entries(report.outcomes))
    total.outcomes[name] = (total.outcomes[name] ?? 0) + count;
  total.failures.push(...report.failures);
  if (report.slowest.cpuMs > total.slowest.cpuMs) total.slowest = report.slowest;
  total.mostReadBytes = Math.max(total.mostReadBytes, report.mostReadBytes);
  total.mostReads = Math.max(total.mostReads, report.mostReads);
  total.mostRssBytes = Math.max(total.mostRssBytes, report.mostRssBytes);
}

/** Runs seeds `from` to `to`; a hang or a death of the thread is a failure of the seed it was at. */
function run(from: number, to: number): Promise<void> {
  return new Promise((resolve) => {
    // tsx teaches TypeScript to the main thread alone.
    const [tsx, entry] = [
      import.meta.resolve('tsx/esm/api'),
      import.meta.resolve('./fuzz-media/thread.ts'),
    ];
    const code = `import('${tsx}').then(({ register }) => { register(); return import('${entry}'); });`;
    const thread = new Worker(code, {
      eval: true,
      workerData: { from, to },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    let seed = from;
    const fail = (message: string): void => {
      total.failures.push({ seed, message });
      void thread.terminate();
      resolve();
    };
    let watchdog = setTimeout(fail, HANG_MS * 3, 'no case within a minute');
    thread.on('message', (report: FuzzReport & { nextSeed: number }) => {
      take(report);
      seed = report.nextSeed;
      clearTimeout(watchdog);
      watchdog = setTimeout(fail, HANG_MS, 'hangs');
      if (seed >= to) {
        clearTimeout(watchdog);
        void thread.terminate();
        resolve();
      }
    });
    thread.on('error', (error) => {
      clearTimeout(watchdog);
      fail(String(error));
    });
  });
}

const startedAt = Date.now();
const share = Math.ceil(cases / threads);
await Promise.all(
  Array.from({ length: threads }, (_, n) =>
    run(firstSeed + n * share, firstSeed + Math.min(cases, (n + 1) * share)),
  ),
);
console.log(
  JSON.stringify({ seed: firstSeed, seconds: (Date.now() - startedAt) / 1000, ...total }, null, 2),
);
const isBounded = total.mostRssBytes < MAX_RSS_BYTES;
process.exit(total.failures.length > 0 || total.cases < cases || !isBounded ? 1 : 0);
