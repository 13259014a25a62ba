import assert from 'node:assert/strict';

/**
 * A thread name that contains control characters, a change of the text direction, and 100 characters of 4 bytes each.
 */
export const HOSTILE_NAME = `cl\u001b[31m\nip\u202e${'\u{1f3ae}'.repeat(100)}`;

/**
 * Fails if the text contains control characters or a change of the text direction. Also fails if the text is longer
 * than `maxBytes` in UTF-8.
 */
export function assertIsPlain(text: string, maxBytes: number): void {
  assert.doesNotMatch(text, /[\p{Cc}\u202e]/u);
  const { length } = new TextEncoder().encode(text);
  assert.ok(length <= maxBytes, `${length} bytes`);
}
