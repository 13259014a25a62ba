import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { peopleOf } from '../src/catalog/project/people.ts';
import { extensionOf } from '../src/catalog/project/extension.ts';
import { nameKeyOf, phraseWordsOf, queryWordsOf, wordsOf } from '../src/catalog/words/words.ts';
import { cutMessage } from '../src/clip/message/spoilers.ts';
import { hasControls, plain } from '../src/clip/plain.ts';
import { isRecorderName, titleOf } from '../src/clip/title.ts';
import { hostnameOf } from '../src/library/http/hosts.ts';
import { previewDescription } from '../src/library/preview/clip/texts.ts';
import { parseSearch } from '../src/library/search/parse-search.ts';
import { parseText, readTextEnd } from '../src/library/search/parse-text.ts';
import { planSuggestions } from '../src/library/search/suggestions.ts';
import { splitMessage } from '../src/library/texts/split-message.ts';

// Strangers choose the texts. One text that takes seconds stops a worker and the library for everybody.

const CLIP = { title: null, description: '', filename: '', poster: '' };
const PREVIEWED = { title: 'LUCKY', poster: { displayName: 'soho' }, channel: { name: null } };

/** What reads the texts of strangers with patterns. */
const READERS: Record<string, (text: string) => unknown> = {
  isRecorderName,
  'the title of Discord': (text) => titleOf({ ...CLIP, title: text }),
  'the title from the message': (text) => titleOf({ ...CLIP, description: text }),
  plain,
  hasControls,
  cutMessage: (text) => cutMessage(text, text.length - 1),
  wordsOf: (text) => wordsOf([text]),
  phraseWordsOf,
  queryWordsOf,
  nameKeyOf,
  peopleOf: (text) => peopleOf([], text),
  extensionOf: (text) => extensionOf(text, text),
  splitMessage,
  previewDescription: (text) => previewDescription({ ...PREVIEWED, description: text } as never),
  parseSearch: (text) =>
    parseSearch(new URLSearchParams({ q: text, from: text, before: text, longer: text }), 'UTC'),
  parseText,
  readTextEnd,
  planSuggestions,
  hostnameOf,
};
const BEGINNINGS = [
  ...[
    '',
    'clip ',
    'video',
    'medaltv',
    '2024-01-01',
    '3/1/2024',
    '00000000',
    '||',
    '[',
    '[a](http://',
  ],
  ...['http://', '<:', '<a:a:', '@', 'a@', '&', '&#', '#', '.', '🏴', '神'],
];
const REPEATED = [
  ...[
    '1',
    '(1)',
    '0 ',
    '-',
    '- ',
    ' ',
    '.',
    'at',
    'wa1',
    'am',
    'copy',
    'dvr',
    '2024',
    '2024-01-01 at ',
  ],
  ...['a', 'a.', 'a-', '_', '|', '||a', '[', '](', '<', ':', '# ', '> ', '`', '*', '@a', '&a', '&'],
  ...['http://', ')', '🏴', '󠁡', '\u200d', '\u0301', 'あ', '/', '\n', '\t'],
];
const ENDS = ['x', '!', 'あ', '\u0000'];

/** Both are enough for a pattern that tries every way to divide a text. More than 31 digits are an id to some patterns. */
const SHORT_LENGTHS = [30, 1000];
/** If the time of a pattern grew with the square of the length, this length would take a second. */
const LONG = 30_000;
const BEGINNINGS_OF_LONG_TEXTS = ['', 'http://', '||'];
/** In CPU time, because other processes may need the CPU too. All these texts take a few milliseconds. */
const MAX_CPU_MS = 300;
/** A pattern that would never end is stopped after this time. */
const STOP_AFTER_MS = 10_000;

for (const [name, read] of Object.entries(READERS)) {
  test(`if a text nearly matches a pattern of ${name}, the text takes no longer than other texts`, () => {
    const context = createContext({ read, text: '' });
    const slow: string[] = [];
    for (const text of nearMisses()) {
      context.text = text;
      const before = process.cpuUsage();
      try {
        runInContext('read(text)', context, { timeout: STOP_AFTER_MS });
      } catch (error) {
        assert.match(String(error), /timed out/);
      }
      const { user } = process.cpuUsage(before);
      if (user / 1000 > MAX_CPU_MS) slow.push(`${text.slice(0, 40)}…`);
      // One text is enough, because each slow text takes up to ten seconds.
      if (slow.length > 0) break;
    }
    assert.deepEqual(slow, []);
  });
}

function* nearMisses(): Generator<string> {
  for (const [at, repeated] of REPEATED.entries()) {
    const end = ENDS[at % ENDS.length] ?? '';
    for (const beginning of BEGINNINGS) {
      for (const length of SHORT_LENGTHS) yield beginning + fill(repeated, length) + end;
    }
    for (const beginning of BEGINNINGS_OF_LONG_TEXTS) yield beginning + fill(repeated, LONG) + end;
  }
}

function fill(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length));
}
