import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { plainText } from '../../src/clip/plain-text.ts';

describe("a stranger's text in the Web UI and in the log", () => {
  test('an ordinary name stays as it is', () => {
    for (const name of ['_juno', 'COMET.mp4', 'クラッチ', '👩‍👩‍👧 *best* of (2026) #1', 'a: b']) {
      assert.equal(plainText(name, 200), name);
    }
  });

  test('HTML, Markdown links, pictures, code and tables have no effect', () => {
    const hostile = [
      '<a href=//e.example>Session expired: log in again</a>',
      '![x](http://e.example/p.png)',
      '[x][y]',
      '`code` | cell \\| cell',
      'see https://e.example or www.e.example',
    ];
    for (const text of hostile) {
      const shown = plainText(text, 200);
      assert.doesNotMatch(shown, /[<>[\]`|\\]|:\/\/|www\./, shown);
    }
    assert.equal(plainText(hostile[1]!, 200), '!［x］(http:\u2060//e.example/p.png)');
  });

  test('escape codes, line breaks and characters that change the text direction become spaces', () => {
    assert.equal(plainText('a\u001b[31mb\r\nc\u202ed\u2028e', 200), 'a ［31mb c d e');
    assert.equal(plainText('\n', 200), '');
  });

  test('a text that is too long is cut between two characters and stays within the byte limit', () => {
    assert.equal(plainText('abcdef', 6), 'abcdef');
    assert.equal(plainText('abcdefg', 6), 'abc…');
    assert.equal(plainText('ああ', 6), 'ああ');
    assert.equal(plainText('あああ', 8), 'あ…');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 60 }), (text, limit) => {
        assert.ok(new TextEncoder().encode(plainText(text, limit)).length <= limit);
      }),
    );
  });
});
