import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from '../support/lock.mjs';
import { listFiles, ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { ScriptError, step } from '../support/report.mjs';

/**
 * @typedef {object} Product something that the build makes
 * @property {string} stamp file with the hash of the sources from which the product was made
 * @property {string[]} args arguments for Node
 * @property {string} doing
 * @property {string} done
 * @property {string} failure
 */

/** The compiled src/. */
export const PROGRAMS = join(ROOT, 'dist');

/** The bundled workflows. */
export const WORKFLOW_BUNDLE = join(ROOT, 'dist', 'workflow-bundle.js');

/** @type {Product} */
const compiledSources = {
  stamp: 'dist/.compiled',
  args: ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.build.json', '--pretty'],
  doing: 'compiling src/ (about 5 seconds, after every change)',
  done: 'compiled src/',
  failure: 'src/ does not compile: fix the errors above, then run this again.',
};

/** @type {Product} */
const bundledWorkflows = {
  stamp: 'dist/.bundled',
  args: ['scripts/setup/bundle-workflows.mjs', WORKFLOW_BUNDLE],
  doing: 'bundling the workflows (about 5 seconds, after every change)',
  done: 'bundled the workflows',
  failure: 'The workflows cannot be bundled: fix the error above, then run this again.',
};

/** @type {Product} */
const bundledAssets = {
  stamp: 'dist/.assets',
  args: ['scripts/setup/bundle-assets.mjs'],
  doing: "bundling the library's scripts and styles (about 1 second, after every change)",
  done: "bundled the library's scripts and styles",
  failure:
    "The library's scripts and styles cannot be bundled: fix the error above, then run this again.",
};

/**
 * Compiles src/ into dist/ and bundles the workflows and the library's assets, if the sources have changed.
 *
 * @param {{ force?: boolean }} [options] `force` builds even without a change
 * @throws {ScriptError} if the sources do not compile
 */
export async function ensureBuild({ force = false } = {}) {
  await ensureProducts([compiledSources, bundledWorkflows, bundledAssets], force);
}

/**
 * @param {Product[]} products
 * @param {boolean} force
 */
async function ensureProducts(products, force) {
  const wanted = await hashSources();
  /** @param {Product} product */
  const isCurrent = async ({ stamp }) =>
    (await readFile(join(ROOT, stamp), 'utf8').catch(() => '')) === wanted;
  if (!force && (await Promise.all(products.map(isCurrent))).every(Boolean)) return;

  await mkdir(join(ROOT, 'dist'), { recursive: true });
  await withLock(join(ROOT, 'dist', '.lock'), async () => {
    for (const product of products) {
      if (!force && (await isCurrent(product))) continue;
      // The stamp is removed first, so that a build that is killed half-way is repeated.
      await rm(join(ROOT, product.stamp), { force: true });
      await step(product, () => runNode(product));
      await writeFile(join(ROOT, product.stamp), wanted);
    }
  });
}

/** @param {Product} product */
async function runNode({ args, failure }) {
  const { ok, output } = await run(process.execPath, args, { cwd: ROOT });
  if (!ok) throw new ScriptError(failure, output);
}

/**
 * Hashes the sources, the compiler's settings and the packages, because the build depends on all of these. The hash
 * covers contents instead of modification times, because a checkout changes the times.
 *
 * @returns {Promise<string>}
 */
async function hashSources() {
  const settings = (await readdir(ROOT)).filter((name) => /^tsconfig.*\.json$/.test(name));
  const sources = await listFiles(ROOT, 'src');
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...settings, ...sources].sort()) {
    const content = await readFile(join(ROOT, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
