import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.mjs';
import { checkTotal, MAX_PICTURE_BYTES } from '../support/screenshots/take-pictures.ts';

test('if the pictures of the library take more than 2 MB, the command that takes them fails', () => {
  assert.doesNotThrow(() => checkTotal(MAX_PICTURE_BYTES));
  assert.throws(() => checkTotal(MAX_PICTURE_BYTES + 1), /take fewer pictures/);
});

test('the pictures of the library in docs/images take at most 2 MB in all', async () => {
  const folder = join(ROOT, 'docs', 'images');
  const names = (await readdir(folder)).filter((name) => name.startsWith('library-'));
  assert.ok(names.length >= 3, 'README shows three of them');
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  checkTotal(sizes.reduce((sum, size) => sum + size, 0));
});
