import assert from 'node:assert/strict';

/** The name of a thread that obeys no rule: control characters, a change of direction, and 100 characters of 4 bytes. */
export const HOSTILE_NAME = `cl\u001b[31m\nip\u202e${'\u{1f3ae}'.repeat(100)}`;

/** Fails if the text would obey the hostile name, or if the text is longer than `maxBytes` in UTF-8. */
export function assertIsPlain(text: string, maxBytes: number): void {
  assert.doesNotMatch(text, /[\p{Cc}\u202e]/u);
  const { length } = new TextEncoder().encode(text);
  assert.ok(length <= maxBytes, `${length} bytes`);
}
