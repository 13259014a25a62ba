import { measureGrowth } from './pipeline/measure-growth.ts';
import { measureThroughput } from './pipeline/measure-throughput.ts';
import { compareKinds, formatJson, formatTable } from './pipeline/report.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { bundleWorkflows } from './support/workflows/bundle-workflows.ts';
import { installRuntime, Sleepers } from './support/workflows/sleepers.ts';

/**
 * Compares the workflow of a clip with a bare workflow, which does almost nothing. Measures how many workflows per
 * second start and then reach their long sleep. Also measures the database bytes and the CPU time of each workflow and
 * each refresh. Our real workflows, activities and workers run on a real dev server. Discord, bucket and media are
 * fakes that answer at once. The speed is measured with and without storyboards. While the speed is measured, the worker feeds a catalog in PGlite, as in `npm start`.
 *
 * `npm run bench -- pipeline [--json] [--without-catalog] [--port 7233 --size-command COMMAND]`
 */
await runBenchmark(async () => {
  say('This takes about eight minutes on two cores.');
  const folder = createTemporaryFolder();
  const sleepers = new Sleepers();
  installRuntime(sleepers);
  const bundle = await bundleWorkflows(folder);
  const throughput = await measureThroughput(folder, bundle, sleepers, {
    hasCatalog: !process.argv.includes('--without-catalog'),
  });
  const growth = await measureGrowth(folder, bundle, sleepers);
  const rows = compareKinds(throughput, growth);
  if (!process.argv.includes('--json')) console.log(`${formatTable(rows)}\n`);
  console.log(formatJson(rows));
  for (const { label, ratio, target } of rows) {
    if (target !== null) checkTarget(`${label}, ratio`, ratio, target);
  }
});
