import { bundleWorkflows } from './pipeline/bundle.ts';
import { measureGrowth } from './pipeline/growth.ts';
import { jsonOf, tableOf } from './pipeline/report.ts';
import { rowsOf } from './pipeline/rows.ts';
import { installRuntime } from './pipeline/runtime.ts';
import { say } from './pipeline/say.ts';
import { Sleepers } from './pipeline/sleepers.ts';
import { temporaryFolder } from './pipeline/temporary-folder.ts';
import { measureThroughput } from './pipeline/throughput.ts';

/**
 * Clips from a history to their sleep, and through their refreshes, beside a workflow that does next
 * to nothing: how fast, and what each costs the database and the processors. The work is our real
 * workflows, activities and workers on a real dev server; Discord, bucket and media are fakes that
 * answer at once.
 */
async function main(): Promise<void> {
  say('This takes about ten minutes on two cores.');
  const folder = temporaryFolder();
  const sleepers = new Sleepers();
  installRuntime(sleepers);
  const bundle = await bundleWorkflows(folder);
  const throughput = await measureThroughput(folder, bundle, sleepers);
  const growth = await measureGrowth(folder, bundle, sleepers);
  const rows = rowsOf(throughput, growth);
  if (!process.argv.includes('--json')) console.log(`${tableOf(rows)}\n`);
  console.log(jsonOf(rows));
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
