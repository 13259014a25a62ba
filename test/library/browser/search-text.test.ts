import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formPath } from '../../../src/library/browser/search/form-path.ts';
import { readSuggestions } from '../../../src/library/browser/search/read-suggestions.ts';
import {
  insertSuggestion,
  isFinishedText,
} from '../../../src/library/browser/search/typed-text.ts';

/** Marks the caret as `|`. */
function choose(marked: string, insert: string): string {
  const caret = marked.indexOf('|');
  const typed = insertSuggestion(marked.replace('|', ''), caret, insert);
  return `${typed.text.slice(0, typed.caret)}|${typed.text.slice(typed.caret)}`;
}

describe('the text of a search', () => {
  test('a suggestion takes the place of the word before the caret', () => {
    assert.equal(choose('ace so|', 'from:soho'), 'ace from:soho |');
    assert.equal(choose('|', 'from:soho'), 'from:soho |');
    assert.equal(choose('from:so| ace', 'from:soho'), 'from:soho |ace');
    assert.equal(choose('from:s|o ace', 'from:soho '), 'from:soho |ace');
    assert.equal(choose('game:"team fo|', 'game:"Team Fortress"'), 'game:"Team Fortress" |');
    assert.equal(choose('ace |', 'in:clips'), 'ace in:clips |');
  });

  test('an operator without a value is not finished', () => {
    assert.equal(choose('fr|', 'from:'), 'from:|');
    assert.equal(insertSuggestion('fr', 2, 'from:').isFinished, false);
    assert.equal(insertSuggestion('fr', 2, 'from:soho').isFinished, true);
  });

  test('a text is finished when a space follows its last word and no quote is open', () => {
    assert.equal(isFinishedText('from:so'), false);
    assert.equal(isFinishedText('from:soho '), true);
    assert.equal(isFinishedText('game:"team '), false);
    assert.equal(isFinishedText('game:"team fortress" '), true);
    assert.equal(isFinishedText(''), false);
  });

  test('the path of a form leaves out empty fields and keeps fields that come twice', () => {
    assert.equal(formPath('/', [['q', '  ']]), '/');
    const entries = [
      ['q', ' ace & co '],
      ['from', 'soho'],
      ['from', 'mia'],
      ['game', ''],
      ['file', { size: 1 }],
    ] as const;
    assert.equal(formPath('/', entries), '/?q=ace+%26+co&from=soho&from=mia');
  });

  test('what is not a suggestion is left out, and at most eight stay', () => {
    const suggestion = { kind: 'person', label: 'Soho', value: '1', insert: 'from:soho', count: 3 };
    assert.deepEqual(readSuggestions([suggestion, null, 'x', { label: 'x' }]), [suggestion]);
    assert.equal(readSuggestions(Array.from({ length: 20 }, () => suggestion)).length, 8);
    assert.deepEqual(readSuggestions({ error: 'x' }), []);
  });
});
