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

test('the modules of the workflow bundle keep no state, which all workflows of a worker would share', () => {
  // Formatted code has a statement of the module, and nothing else, without indentation.
  const state = /^(export )?((let|var) |const \w+[^=]*=\s+new (Weak)?(Map|Set)\b)/m;
  const bundled = files.filter((path) => /^src\/(workflows\/|clip\/|errors\.ts$)/.test(path));
  assert.ok(bundled.length > 50, 'the files are found');
  for (const path of bundled) {
    assert.doesNotMatch(readFileSync(join(ROOT, path), 'utf8'), state, path);
  }
  for (const line of [
    'let runs = 0;',
    'export var runs = 0;',
    'const seen = new Set();',
    'export const byId: Map<string, number> = new Map([]);',
    'const links: WeakMap<object, number> = new WeakMap();',
  ]) {
    assert.match(line, state, line);
    assert.doesNotMatch(`  ${line}`, state, line);
  }
  assert.doesNotMatch('export const kinds: ReadonlySet<string> = makeKinds();', state);
});

test(`no folder in src directly contains more than ${MAX_FOLDER_FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const path of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  assert.deepEqual(
    [...counts].filter(([, count]) => count > MAX_FOLDER_FILES),
    [],
  );
});
