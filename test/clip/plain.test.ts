import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { plain } from '../../src/clip/plain.ts';

describe("a stranger's text in the Web UI and in the log", () => {
  test('an ordinary name stays as it is', () => {
    for (const name of ['_juno', 'COMET.mp4', 'クラッチ', '👩‍👩‍👧 *best* of (2026) #1', 'a: b']) {
      assert.equal(plain(name, { maxBytes: 200 }), name);
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
      const shown = plain(text, { maxBytes: 200 });
      assert.doesNotMatch(shown, /[<>[\]`|\\]|:\/\/|www\./, shown);
    }
    assert.equal(plain(hostile[1]!, { maxBytes: 200 }), '!［x］(http:\u2060//e.example/p.png)');
  });

  test('escape codes, line breaks and characters that change the text direction become spaces', () => {
    assert.equal(plain('a\u001b[31mb\r\nc\u202ed\u2028e', { maxBytes: 200 }), 'a ［31mb c d e');
    assert.equal(plain('\n', { maxBytes: 200 }), '');
  });

  test('invisible characters are removed, but emoji and scripts that need joiners keep them', () => {
    for (const name of ['❤️‍🔥', 'می‌خواهم', 'क्‍ष']) assert.equal(plain(name), name);
    assert.equal(plain('a\u200bb\u200dc\u200dd\ufeff\u00ad\u{e0041}e'), 'abcde');
    assert.equal(plain('ht\u200btp:/\u2060/x'), 'http:\u2060//x', 'an address cannot hide');
  });

  test('the flag of a region and a form of a Han character stay valid, but hidden tag characters are removed', () => {
    const england = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}';
    for (const name of [england, `FC ${england}!`, '葛\u{e0100}城']) {
      assert.equal(plain(name), name);
      assert.equal(plain(name, { markup: 'kept' }), name);
    }
    assert.equal(plain('\u{1f3f4}\u{e0067}\u{e0062}x'), '\u{1f3f4}x');
    assert.equal(plain(`\u{1f3f4}${'\u{e0061}'.repeat(7)}\u{e007f}`), '\u{1f3f4}');
    assert.equal(plain('葛\u{e0100}\u{e0101}a\u{e0100}'), '葛\u{e0100}a');
  });

  test('half a character becomes a replacement character, because systems treat it differently', () => {
    assert.equal(plain('a\ud83d \udfae'), 'a\ufffd \ufffd');
  });

  test('character references and email addresses have no effect, and an ampersand stays', () => {
    assert.equal(plain('&lt;img&#62; R&D & Q&A;'), '＆lt;img＆#62; R&D & Q＆A;');
    assert.equal(plain('help@x.example, @juno'), 'help@\u2060x.example, @juno');
  });

  test('if markup is kept, addresses and commands in a line can be copied', () => {
    const line =
      'run temporal workflow list --query "LinkExpiresAt < \'2026\'" at https://e.example/?a=[1]';
    assert.equal(plain(line, { markup: 'kept' }), line);
    assert.equal(plain('a\u001b[2J\nb\u202e', { markup: 'kept' }), 'a [2J b');
  });

  test('a text that is too long is cut between two characters and stays within the byte limit', () => {
    assert.equal(plain('abcdef', { maxBytes: 6 }), 'abcdef');
    assert.equal(plain('abcdefg', { maxBytes: 6 }), 'abc…');
    assert.equal(plain('ああ', { maxBytes: 6 }), 'ああ');
    assert.equal(plain('あああ', { maxBytes: 8 }), 'あ…');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 60 }), (text, limit) => {
        assert.ok(new TextEncoder().encode(plain(text, { maxBytes: limit })).length <= limit);
      }),
    );
  });
});
