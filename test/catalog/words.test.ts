import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTypos, meantBy, typosBetween } from '../../src/catalog/words/typos.ts';
import {
  foldText,
  nameKeyOf,
  phraseWordsOf,
  placedWordsOf,
  queryWordsOf,
  wordsOf,
} from '../../src/catalog/words/words.ts';

test('accents, case, and letters that people type differently are folded', () => {
  const cases: [string, string][] = [
    ['LÜCKY', 'lucky'],
    ['Straße', 'strasse'],
    ['STRASSE', 'strasse'],
    ['Łódź Ærø œuvre þorn ĐURĐEVIĆ', 'lodz aero oeuvre thorn durdevic'],
    ['İSTANBUL ısı', 'istanbul isi'],
    ['ΛΌΓΟΣ λόγος', 'λογοσ λογοσ'],
    ['Ёж', 'еж'],
    ['Ｆｕｌｌ ｗｉｄｔｈ ﬁne', 'full width fine'],
    ['が ガ', 'か カ'],
    ['مَرْحَبًا', 'مرحبا'],
    ['שָׁלוֹם', 'שלום'],
    ["don't don’t", 'dont dont'],
  ];
  for (const [text, folded] of cases) assert.equal(foldText(text), folded);
});

test('texts are split into distinct words at everything that is no letter and no digit', () => {
  assert.deepEqual(wordsOf(['LUCKY_ace lucky', '1v4-clutch @mia #clips https://a.example/b']), [
    ...['lucky', 'ace', '1v4', 'clutch', 'mia', 'clips', 'https', 'a', 'example', 'b'],
  ]);
  assert.deepEqual(wordsOf(['🔥wow🔥', '!?', '']), ['🔥', 'wow']);
  assert.deepEqual(wordsOf(['हिन्दी']), ['हिन्दी']);
});

test('a part of a text without spaces is found', () => {
  for (const text of ['神プレイ集', 'สวัสดีครับ', 'ラーメン食べた']) {
    const words = wordsOf([text]);
    const characters = Array.from(foldText(text));
    for (let from = 0; from < characters.length; from++) {
      for (let to = from + 1; to <= characters.length; to++) {
        const query = queryWordsOf(characters.slice(from, to).join(''));
        assert.ok(
          query.every((part) => words.some((word) => word.startsWith(part))),
          characters.slice(from, to).join(''),
        );
      }
    }
  }
  const query = queryWordsOf('神集');
  const words = wordsOf(['神プレイ集']);
  assert.ok(!query.every((part) => words.some((word) => word.startsWith(part))));
});

test('words have places, with a gap between two texts, and a run without spaces ends at its last pair', () => {
  assert.deepEqual(
    [...placedWordsOf(['ace, ace 神レイ won', 'ace'])],
    [
      ['ace', [1, 2, 7]],
      ['神レ', [3]],
      ['レイ', [4]],
      ['イ', [4]],
      ['won', [5]],
    ],
  );
  const places = placedWordsOf(['ace '.repeat(300), 'b c '.repeat(10_000)]);
  assert.equal(places.get('ace')?.length, 256);
  assert.ok(Math.max(...(places.get('c') ?? [])) <= 16_383);
  assert.deepEqual(phraseWordsOf('Lücky! 神'), [
    { word: 'lucky', isBeginning: false },
    { word: '神', isBeginning: true },
  ]);
  assert.equal(phraseWordsOf('a '.repeat(5000)).length, 40);
});

test('words and queries are bounded', () => {
  assert.deepEqual(wordsOf(['x'.repeat(50_000)]), ['x'.repeat(40)]);
  assert.deepEqual(queryWordsOf('x'.repeat(10_000)), ['x'.repeat(40)]);
  assert.ok(wordsOf([Array.from({ length: 5000 }, (_, n) => `w${n}`).join(' ')]).length <= 1500);
  assert.equal(
    queryWordsOf(Array.from({ length: 50 }, (_, n) => `${n + 100}`).join(' ')).length,
    10,
  );
  assert.deepEqual(queryWordsOf(`${' '.repeat(200)}late`), []);
  assert.ok(wordsOf(['𐐷'.repeat(100)]).every((word) => !/\p{Cs}/u.test(word)));
});

test('a word that begins another word of the query is not asked for twice', () => {
  assert.deepEqual(queryWordsOf('luc lucky LUCKY ace'), ['lucky', 'ace']);
});

test('names are equal if only case, accents and what is between words differ', () => {
  assert.equal(nameKeyOf('Half-Life  2'), nameKeyOf('half life 2'));
  assert.equal(nameKeyOf('_juno'), 'juno');
  assert.equal(nameKeyOf('Mía 🌸'), 'mia 🌸');
  assert.equal(nameKeyOf('!!'), '!!');
});

test('typing errors are counted against the beginning of a word', () => {
  const cases: [string, string, number][] = [
    ['lucky', 'lucky', 0],
    ['lukcy', 'lucky', 1],
    ['lucy', 'lucky', 1],
    ['luckky', 'lucky', 1],
    ['lacky', 'lucky', 1],
    ['kulcy', 'lucky', 3],
    ['turnament', 'tournaments', 1],
    ['tuornmaent', 'tournament', 2],
    ['lukc', 'lucky', 1],
  ];
  for (const [typed, word, typos] of cases) assert.equal(typosBetween(typed, word), typos, typed);
});

test('a short word has no typing errors, and a long word at most two', () => {
  assert.deepEqual(['ace', 'dust', 'clutch', 'tournament'].map(maxTypos), [0, 1, 1, 2]);
  assert.deepEqual(meantBy('lukcy', ['lucky', 'lukcy', 'luck', 'ducky', 'lucy'], 8), [
    'lucky',
    'lucy',
  ]);
  assert.deepEqual(meantBy('tournmaent', ['tournament', 'tournement'], 8), ['tournament']);
  assert.deepEqual(meantBy('ace', ['ice'], 8), []);
  assert.deepEqual(meantBy('lukcy', ['lucky', 'lucys'], 1), ['lucky']);
});
