import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetUpError } from './set-up-error.mjs';
import { filesUnder } from './source-hash.mjs';

/** Their tests take the longest, so they start first. */
const LONGEST_FIRST = ['test/faults/', 'test/whole/'];

/**
 * The test files to run, and the names to run of them. A filter that is part of a file's path takes that
 * file; any other one takes the tests that have it in their name.
 *
 * @param {string} root
 * @param {string[]} filters
 * @returns {Promise<{ files: string[], namePatterns: RegExp[] }>}
 * @throws {SetUpError} when a filter matches nothing: a typing mistake mustn't look like success
 */
export async function selectTests(root, filters) {
  const all = inOrder((await filesUnder(root, 'test')).filter((path) => path.endsWith('.test.ts')));
  if (all.length === 0)
    throw new SetUpError('There is no test/**/*.test.ts: is this checkout whole?');
  if (filters.length === 0) return { files: all, namePatterns: [] };

  const selected = new Set();
  const namePatterns = [];
  for (const filter of filters) {
    const byPath = all.filter((path) => path.includes(filter.replace(/^\.\//, '')));
    const matches = byPath.length > 0 ? byPath : await filesSaying(root, all, filter);
    if (matches.length === 0) throw new SetUpError(`No test has "${filter}" in its path or name.`);
    if (byPath.length === 0) namePatterns.push(literally(filter));
    for (const path of matches) selected.add(path);
  }
  return { files: all.filter((path) => selected.has(path)), namePatterns };
}

function inOrder(paths) {
  const rank = (path) => {
    const index = LONGEST_FIRST.findIndex((folder) => path.startsWith(folder));
    return index === -1 ? LONGEST_FIRST.length : index;
  };
  return paths.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

async function filesSaying(root, paths, words) {
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), 'utf8')));
  return paths.filter((_, index) => texts[index].includes(words));
}

const literally = (words) => new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
