import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_FILE_LINES = 250;
const MAX_FOLDER_FILES = 15;

/** Paths of all TypeScript files in src, from the root of the checkout. */
const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => join('src', path));

test(`no file in src has more than ${MAX_FILE_LINES} lines`, () => {
  const lines = files.map((path) => ({
    path,
    lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1,
  }));
  assert.ok(lines.length > 100, 'the files are found');
  assert.deepEqual(
    lines.filter((file) => file.lines > MAX_FILE_LINES),
    [],
  );
});

test(`no folder in src directly contains more than ${MAX_FOLDER_FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const path of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  assert.deepEqual(
    [...counts].filter(([, count]) => count > MAX_FOLDER_FILES),
    [],
  );
});
