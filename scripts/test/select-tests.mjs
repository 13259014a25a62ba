import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, ROOT } from '../support/paths.mjs';
import { ScriptError } from '../support/report.mjs';

/** The tests in these folders take longest, so they come first. */
const SLOWEST_FOLDERS = [
  'test/faults/',
  'test/local/',
  'test/whole/',
  'test/week/',
  'test/workflows/',
  'test/scripts/',
];

/**
 * @typedef {object} Selection
 * @property {string[]} files in the order in which they start
 * @property {string[]} names words in the names of the tests to run; empty to run every test in the files
 */

/**
 * Selects the tests to run. A filter that is part of a file's path selects the file. Any other filter selects
 * the tests that have the filter in their name.
 *
 * @param {string[]} filters
 * @returns {Promise<Selection>}
 * @throws {ScriptError} if a filter matches nothing, because a typing mistake in a filter must not look like success
 */
export async function selectTests(filters) {
  const paths = (await listFiles(ROOT, 'test')).filter((path) => path.endsWith('.test.ts'));
  if (paths.length === 0) {
    throw new ScriptError('No test/**/*.test.ts file found: is this checkout complete?');
  }
  const files = sortSlowestFirst(paths);
  if (filters.length === 0) return { files, names: [] };

  const selected = new Set();
  const names = [];
  for (const filter of filters) {
    const byPath = files.filter((path) => path.includes(filter.replace(/^\.\//, '')));
    const matches = byPath.length > 0 ? byPath : await findFilesWithText(files, filter);
    if (matches.length === 0) {
      throw new ScriptError(`No test has "${filter}" in its path or name.`);
    }
    if (byPath.length === 0) names.push(filter);
    for (const path of matches) selected.add(path);
  }
  return { files: files.filter((path) => selected.has(path)), names };
}

/**
 * @param {string[]} paths
 * @returns {string[]}
 */
function sortSlowestFirst(paths) {
  /** @param {string} path */
  const rank = (path) => {
    const index = SLOWEST_FOLDERS.findIndex((folder) => path.startsWith(folder));
    return index === -1 ? SLOWEST_FOLDERS.length : index;
  };
  return [...paths].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/**
 * @param {string[]} paths
 * @param {string} text
 * @returns {Promise<string[]>}
 */
async function findFilesWithText(paths, text) {
  const contents = await Promise.all(paths.map((path) => readFile(join(ROOT, path), 'utf8')));
  return paths.filter((_, index) => contents[index]?.includes(text));
}
