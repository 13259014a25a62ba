import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../src/emulator/', import.meta.url));
const README = readFileSync(join(FOLDER, 'README.md'), 'utf8');

/** The paths that the README links to, relative to its folder. */
function linkedPaths(): string[] {
  const targets = [...README.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !target.startsWith('https://'));
}

test('the emulator’s README links to every source file of the emulator', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts'));
  const linked = new Set(linkedPaths());
  assert.deepEqual(
    sources.filter((file) => !linked.has(file)),
    [],
  );
});

test('the emulator’s README links only to files that exist', () => {
  assert.deepEqual(
    linkedPaths().filter((path) => !existsSync(join(FOLDER, path))),
    [],
  );
});
