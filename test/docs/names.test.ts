import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseMarkdown } from './markdown.ts';
import { findNpmCommands, listRepositoryFiles, readNpmScripts, readPages } from './repository.ts';

/** Pages that describe the past may name files that no longer exist. */
const HISTORY_PAGES = ['CHANGELOG.md'];

/** Names that look like source files but mean something else. */
const NOT_FILES = [
  // packages
  'discord.js',
  // placeholders
  'bench/NAME.ts',
  'bench/NAME/',
  // an example name for a new history
  'test/histories/archive-clip-edited-v1.json',
];

/**
 * A bare file name is checked if it has the ending of one of our source files. Other names, such as temporal.json, are
 * data files.
 */
const BARE_FILE = /^[\w.-]+\.(?:ts|mjs|cjs|sh|yml|md)$/;

describe('names on the pages', () => {
  test('every npm command that a Markdown page names exists', async () => {
    const scripts = await readNpmScripts();
    const unknown = (await readCurrentPages()).flatMap(({ path, text }) =>
      findNpmCommands(text)
        .filter((name) => !scripts.has(name))
        .map((name) => `${path} names npm run ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  test('every benchmark that a Markdown page names exists', async () => {
    const files = await listRepositoryFiles();
    const unknown = (await readCurrentPages()).flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm run bench -- ([a-z][\w-]*)/g)]
        .filter(([, name = '']) => !files.includes(`bench/${name}.ts`))
        .map(([command]) => `${path} names ${command}`),
    );
    assert.deepEqual(unknown, []);
  });

  test('Markdown pages name only files and folders that exist in the repository', async () => {
    const files = await listRepositoryFiles();
    const unknown = (await readCurrentPages()).flatMap(({ path, text }) =>
      findPaths(text, files)
        .filter((name) => !exists(name, files))
        .map((name) => `${path} names ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  test('the search for paths finds repository paths in backticks and in code blocks of a Markdown page', () => {
    const files = ['src/clip/lease.ts', 'docs/design.md'];
    const page =
      'See `src/clip/`, `lease.ts` and `a/b`.\n```sh\nnode src/gone.ts --flag a/b\n```\n';
    assert.deepEqual(findPaths(page, files), ['src/clip/', 'lease.ts', 'src/gone.ts']);
    assert.ok(exists('src/clip/', files) && exists('clip/', files) && exists('lease.ts', files));
    assert.ok(exists('src/*/lease.ts', files) && exists('docs', files));
    assert.ok(!exists('src/gone.ts', files) && !exists('src/clip/*.md', files));
  });
});

async function readCurrentPages() {
  return (await readPages()).filter(({ path }) => !HISTORY_PAGES.includes(path));
}

/** Returns what looks like a path of the repository: file names, and paths that start with one of our folders. */
function findPaths(page: string, files: readonly string[]): string[] {
  const topFolders = new Set(files.filter(hasFolder).map((file) => file.split('/')[0] ?? ''));
  const srcFolders = new Set(
    files.filter((file) => /^src\/.+\//.test(file)).map((file) => file.split('/')[1] ?? ''),
  );
  const { inlineCode, codeLines } = parseMarkdown(page);
  const words = (lines: string[]) => lines.flatMap((line) => line.split(/[\s,;:()"'=|]+/));
  const startsAtTop = (word: string) => hasFolder(word) && topFolders.has(word.split('/')[0] ?? '');
  return words([...inlineCode, ...codeLines])
    .filter(
      (word) =>
        BARE_FILE.test(word) ||
        startsAtTop(word) ||
        // A folder of src/ is often named without src/, such as `clip/`.
        (/^[\w-]+\/$/.test(word) && srcFolders.has(word.slice(0, -1))),
    )
    .map((word) => word.replace(/[.…]+$/, ''))
    .filter((word) => !NOT_FILES.includes(word));
}

/** True if a file or folder has this path, or a path that ends with it. `*` stands for any characters. */
function exists(path: string, files: readonly string[]): boolean {
  const pattern = path
    .replace(/\/$/, '')
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*');
  const end = path.endsWith('/') ? '/' : '(?:/|$)';
  const ending = new RegExp(`(?:^|/)${pattern}${end}`);
  return files.some((file) => ending.test(file));
}

function hasFolder(path: string): boolean {
  return path.includes('/');
}
