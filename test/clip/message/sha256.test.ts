import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../../src/clip/message/sha256.ts';

test('when a text is hashed, the hash is the SHA-256 of its UTF-8 bytes', () => {
  const isRight = (text: string) =>
    sha256(text) === createHash('sha256').update(text).digest('hex');
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 150 }), isRight));
  // These lengths include the ends of two blocks, where the padding changes.
  for (let length = 0; length < 130; length++) assert.ok(isRight('a'.repeat(length)), `${length}`);
});
