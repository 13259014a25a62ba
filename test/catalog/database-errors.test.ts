import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CatalogUnavailable } from '../../src/catalog/catalog.ts';
import { answered } from '../../src/catalog/database-errors.ts';

const withCode = (code: string): Error => Object.assign(new Error('refused'), { code });
const failWith = (error: Error) => answered(() => Promise.reject(error));

test('if another try may work, an error of the database means that the catalog is unavailable', async () => {
  const codes = { deadlock: '40P01', 'missing table': '42P01', 'missing privilege': '42501' };
  for (const [name, code] of Object.entries(codes)) {
    await assert.rejects(failWith(withCode(code)), CatalogUnavailable, name);
  }
});

test('if another try would fail too, the error stays what it is', async () => {
  for (const error of [withCode('22021'), new TypeError('a bug'), new Error('another bug')]) {
    await assert.rejects(failWith(error), error);
  }
});
