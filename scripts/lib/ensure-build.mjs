import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { ROOT } from './paths.mjs';
import { step } from './report.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';
import { sourceHash } from './source-hash.mjs';

/** Where the workflow bundle stands. */
export const WORKFLOW_BUNDLE = join(ROOT, 'dist', 'workflow-bundle.js');

const tsc = {
  stamp: 'dist/.compiled',
  args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--pretty'],
  doing: 'compiling (about 10 seconds, after every change)',
  done: 'compiled',
  failure: 'The sources do not compile: mend what tsc says above, then run this again.',
};

const workflowBundle = {
  stamp: 'dist/.bundled',
  args: ['scripts/lib/bundle-workflows.mjs', WORKFLOW_BUNDLE],
  doing: 'bundling the workflows (about 5 seconds, after every change)',
  done: 'bundled the workflows',
  failure: 'The workflows can not be bundled: mend what is said above, then run this again.',
};

/**
 * Compiles src/ into dist/ and bundles the workflows, unless that was done with these very sources.
 *
 * @param {{ force?: boolean }} [options]
 */
export async function ensureBuild({ force = false } = {}) {
  await make([tsc, workflowBundle], force);
}

/** Bundles the workflows alone: what runs from the sources needs no more. */
export async function ensureWorkflowBundle() {
  await make([workflowBundle], false);
}

async function make(products, force) {
  const wanted = await sourceHash(ROOT);
  const isCurrent = async ({ stamp }) =>
    (await readFile(join(ROOT, stamp), 'utf8').catch(() => '')) === wanted;
  if (!force && (await Promise.all(products.map(isCurrent))).every(Boolean)) return;

  await mkdir(join(ROOT, 'dist'), { recursive: true });
  await withLock(join(ROOT, 'dist', '.lock'), async () => {
    for (const product of products) {
      if (!force && (await isCurrent(product))) continue;
      // Gone while the work goes on, so that a build that is stopped half-way is done anew.
      await rm(join(ROOT, product.stamp), { force: true });
      await step(product, () => runNode(product));
      await writeFile(join(ROOT, product.stamp), wanted);
    }
  });
}

async function runNode({ args, failure }) {
  const { ok, output } = await run(process.execPath, args, { cwd: ROOT });
  if (!ok) throw new SetUpError(failure, output);
}
