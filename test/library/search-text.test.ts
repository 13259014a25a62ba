import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseText, readTextEnd, writeText } from '../../src/library/search/parse-text.ts';
import { listPath, parseSearch, withoutFilters } from '../../src/library/search/parse-search.ts';
import { dateAfter } from '../../src/library/search/values.ts';

const TIME_ZONE = 'Europe/Berlin';

/** Texts that have a lot to read: operators, quotes and minus signs in any order. */
const typedText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['from:', 'IN:', 'poster:', 'channel:', 'with:', 'game:', 'before:', 'during:', 'is:'],
        ...['longer:', 'foo:', '"', '“', '-', '-"', ' ', '  ', ':', '2024', '2024-02-31', '30s'],
        ...['vertical', 'soho', 'mia plays', '#clips', '🔥', '神プ', '\u00a0', 'x'.repeat(120)],
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''));

describe('the text of a search', () => {
  test('each operator becomes a condition, and the rest stays text', () => {
    const typed = 'ace from:soho IN:clips with:ed game:"Half-Life 2" longer:30 shorter:1M on';
    const { text, words, filters } = parseText(`${typed} before:2025-02 after:2024 is:Silent`);
    assert.equal(text, 'ace on');
    assert.equal(words, 'ace on');
    assert.deepEqual(filters, [
      { name: 'from', value: 'soho' },
      { name: 'in', value: 'clips' },
      { name: 'with', value: 'ed' },
      { name: 'game', value: 'Half-Life 2' },
      { name: 'longer', value: '30' },
      { name: 'shorter', value: '1M' },
      { name: 'before', value: '2025-02' },
      { name: 'after', value: '2024' },
      { name: 'is', value: 'silent' },
    ]);
    assert.deepEqual(parseText('poster:mia channel:“old clips”').filters, [
      { name: 'from', value: 'mia' },
      { name: 'in', value: 'old clips' },
    ]);
  });

  test('during stands for its first day and the day after its last', () => {
    const periods: [string, string][] = [
      ['2024', '2025'],
      ['2024-12', '2025-01'],
      ['2024-02-29', '2024-03-01'],
      ['2024-12-31', '2025-01-01'],
    ];
    for (const [value, before] of periods) {
      assert.deepEqual(
        parseText(`during:${value}`).filters,
        [
          { name: 'after', value },
          { name: 'before', value: before },
        ],
        value,
      );
    }
    assert.equal(dateAfter('soon'), null);
    const { query } = parseSearch(new URLSearchParams('q=during:2024-03'), TIME_ZONE);
    assert.equal(query.afterMs, Date.parse('2024-03-01T00:00:00+01:00'));
    assert.equal(query.beforeMs, Date.parse('2024-04-01T00:00:00+02:00'));
  });

  test('unknown and unfinished operators, and values that are not understood, are plain text', () => {
    for (const text of [
      'from:',
      'foo:bar',
      'https://example.org/from:x',
      '12:30',
      'ace from: soho',
      'from:"mia plays',
      'before:soon',
      'during:2024-02-30',
      'during:2099',
      'longer:x',
      'is:round',
      'is:toString',
      'constructor:x',
      ':x',
    ]) {
      const parsed = parseText(text);
      assert.deepEqual(parsed.filters, [], text);
      assert.equal(parsed.text, text);
      assert.equal(parsed.words, text);
    }
  });

  test('phrases and words with a minus are read, and stay in the field', () => {
    const parsed = parseText('ace "lucky  day" -fail -"so bad" from:mia -- - 1-2 -in:clips');
    assert.deepEqual(parsed, {
      text: 'ace "lucky  day" -fail -"so bad" -- - 1-2 -in:clips',
      words: 'ace -- - 1-2',
      exact: ['lucky  day'],
      without: ['fail', 'so bad', 'in:clips'],
      filters: [{ name: 'from', value: 'mia' }],
    });
    assert.deepEqual(parseText('"lucky day').words, 'lucky day');
    assert.deepEqual(parseText('"!?" ""').exact, []);
  });

  test('a text that is written from what was read is read as the same, whatever it contains', () => {
    fc.assert(
      fc.property(typedText, (typed) => {
        const parsed = parseText(typed);
        assert.deepEqual(parseText(writeText(parsed)), parsed);
        assert.deepEqual(parseText(parsed.text), { ...parsed, filters: [] });
        readTextEnd(typed);
      }),
      { numRuns: 2000 },
    );
  });

  test('the address of a search leads to the same search, whatever was typed', () => {
    fc.assert(
      fc.property(typedText, typedText, (typed, value) => {
        const given = new URLSearchParams([
          ['q', typed],
          ['from', value],
          ['before', value],
          ['is', value],
        ]);
        const search = parseSearch(given, TIME_ZONE);
        const again = parseSearch(
          new URLSearchParams(listPath(search).slice('/?'.length)),
          TIME_ZONE,
        );
        assert.equal(again.hasOperators, false);
        assert.deepEqual(again.query, search.query);
        assert.deepEqual(again.filters, search.filters);
        assert.equal(listPath(again), listPath(search));
      }),
      { numRuns: 500 },
    );
  });

  test('an operator in the text replaces a parameter with one value, and joins the others', () => {
    const given = new URLSearchParams(
      'q=ace+from:mia+from:soho+before:2024+is:silent&from=soho&before=2023&is=vertical',
    );
    const search = parseSearch(given, TIME_ZONE);
    assert.equal(listPath(search), '/?q=ace&from=soho&from=mia&before=2024&is=vertical&is=silent');
    assert.deepEqual(search.query, {
      text: 'ace',
      from: ['soho', 'mia'],
      beforeMs: Date.parse('2024-01-01T00:00:00+01:00'),
      isVertical: true,
      isSilent: true,
      sort: 'newest',
    });
  });

  test('while the reader types, an operator at the end of the text is left out', () => {
    const pathOf = (text: string) =>
      listPath(
        parseSearch(
          new URLSearchParams([
            ['q', text],
            ['typing', '1'],
          ]),
          TIME_ZONE,
        ),
      );
    assert.equal(pathOf('ace from:so'), '/?q=ace');
    assert.equal(pathOf('ace from:"mia pl'), '/?q=ace');
    assert.equal(pathOf('ace from:'), '/?q=ace');
    assert.equal(pathOf('ace from:soho '), '/?q=ace&from=soho');
    assert.equal(pathOf('ace from:"mia plays"'), '/?q=ace&from=mia+plays');
    assert.equal(pathOf('from:soho ac'), '/?q=ac&from=soho');
    assert.equal(pathOf('ace foo:x'), '/?q=ace+foo%3Ax');
    const finished = parseSearch(new URLSearchParams([['q', 'ace from:so']]), TIME_ZONE);
    assert.equal(listPath(finished), '/?q=ace&from=so');
  });

  test('the end of a text is the operator or the word that the reader is typing', () => {
    const cases: [string, ReturnType<typeof readTextEnd>][] = [
      ['', { before: '', operator: null, value: '' }],
      ['ace ', { before: 'ace ', operator: null, value: '' }],
      ['ace fr', { before: 'ace ', operator: null, value: 'fr' }],
      ['ace -fr', { before: 'ace ', operator: null, value: '-fr' }],
      ['ace poster:so', { before: 'ace ', operator: 'from', value: 'so' }],
      ['from:"mia pl', { before: '', operator: 'from', value: 'mia pl' }],
      ['in:', { before: '', operator: 'in', value: '' }],
      ['from:"mia plays"', null],
      ['ace "lucky da', null],
      ['ace "luc', null],
      ['"last round" a', { before: '"last round" ', operator: null, value: 'a' }],
      ['foo:x', { before: '', operator: null, value: 'foo:x' }],
    ];
    for (const [text, expected] of cases) assert.deepEqual(readTextEnd(text), expected, text);
  });

  test('if nothing matches in a channel, the same text can be searched everywhere', () => {
    const given = 'q=lukcy+"last+round"&in=clips&longer=30&sort=longest';
    const search = parseSearch(new URLSearchParams(given), TIME_ZONE);
    const everywhere = listPath(withoutFilters(search));
    assert.equal(everywhere, '/?q=lukcy+%22last+round%22&sort=longest');
  });
});
