/** Marks that change a letter's sound or form in Latin, Greek, Cyrillic, Arabic, Hebrew and kana, but not the word. */
const ACCENTS = /(?=\p{M})[\p{Script=Inherited}\p{Script=Hebrew}]/gu;
/** Characters inside words that people leave out when they type: joiners, soft hyphens, apostrophes. */
const INSIDE_WORDS = /[\p{Cf}'\u2019\u02bc]/gu;
/** Letters that Unicode does not decompose, with what people type instead. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ı: 'i',
  ĸ: 'k',
  ς: 'σ',
};
const UNDECOMPOSED = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** Returns the text without accents and case. Texts that fold to the same text count as equal in searches. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .replace(INSIDE_WORDS, '')
    .replace(UNDECOMPOSED, (letter) => LETTERS[letter] ?? letter);
}

/**
 * Scripts without spaces between words. U+30FC, the long vowel mark of kana, belongs to more than one script. NFKD has
 * already replaced the half-width forms.
 */
const SPACELESS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30fc';
/** A run of a script without spaces, or a word of another script, or an emoji. */
const RUN = new RegExp(
  `[${SPACELESS}]+|(?:(?![${SPACELESS}])[\\p{L}\\p{N}\\p{M}])+|\\p{Extended_Pictographic}`,
  'gu',
);
const IS_SPACELESS = new RegExp(`^[${SPACELESS}]`, 'u');

/** The maximum number of UTF-16 code units of a word. A longer word is cut, in clips and in queries alike. */
const MAX_WORD_LENGTH = 40;

/** The maximum number of words that are kept of one clip. Discord's longest message has about 800 words. */
const MAX_WORDS = 1500;

function* runsOf(text: string): Generator<{ run: string; isSpaceless: boolean }> {
  for (const [run] of foldText(text).matchAll(RUN)) {
    yield { run, isSpaceless: IS_SPACELESS.test(run) };
  }
}

/** Cuts between code points, because half a character is invalid in UTF-8. */
function cutWord(word: string): string {
  return word.length <= MAX_WORD_LENGTH
    ? word
    : word.slice(0, MAX_WORD_LENGTH).replace(/[\ud800-\udbff]$/, '');
}

/** The limits of a tsvector: https://www.postgresql.org/docs/current/textsearch-limits.html */
const MAX_PLACE = 16_383;
const MAX_PLACES_OF_WORD = 256;

/**
 * Returns the distinct words of texts, folded, with their places. A run of a script without spaces becomes its pairs of
 * characters and its last character, so that a search finds any part of the run. The last character has the place of the
 * last pair, so that the next word is at the next place. No place is next to a place of another text.
 */
export function placedWordsOf(texts: Iterable<string>): Map<string, number[]> {
  const words = new Map<string, number[]>();
  let place = 1;
  const add = (word: string) => {
    const places = words.get(word) ?? [];
    if (places.length < MAX_PLACES_OF_WORD) places.push(Math.min(place, MAX_PLACE));
    words.set(word, places);
  };
  for (const text of texts) {
    for (const { run, isSpaceless } of runsOf(text)) {
      if (words.size >= MAX_WORDS) return words;
      const parts = isSpaceless ? partsOf(run, 'stored') : [cutWord(run)];
      for (const [at, part] of parts.entries()) {
        const isLastCharacter = at > 0 && at === parts.length - 1;
        if (isLastCharacter) place--;
        add(part);
        place++;
      }
    }
    place++;
  }
  return words;
}

/** Returns the distinct words of texts, folded, as `placedWordsOf` splits them. */
export function wordsOf(texts: Iterable<string>): string[] {
  return [...placedWordsOf(texts).keys()];
}

function partsOf(run: string, use: 'stored' | 'searched'): string[] {
  const characters = Array.from(run);
  const pairs = characters.slice(1).map((character, at) => `${characters[at] ?? ''}${character}`);
  const last = characters.slice(-1);
  return use === 'stored' || pairs.length === 0 ? [...pairs, ...last] : pairs;
}

/** A query longer than this many characters is cut. */
const MAX_QUERY_CHARACTERS = 200;
const MAX_QUERY_WORDS = 10;

/**
 * Returns the distinct folded words that a query asks for, at most MAX_QUERY_WORDS. Each of them must begin a word of the
 * clip. The text may contain anything. Words that begin another word of the query are left out.
 */
export function queryWordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const { run, isSpaceless } of runsOf(text.slice(0, MAX_QUERY_CHARACTERS))) {
    for (const word of isSpaceless ? partsOf(run, 'searched') : [cutWord(run)]) words.add(word);
  }
  const distinct = [...words].slice(0, MAX_QUERY_WORDS);
  return distinct.filter(
    (word) => !distinct.some((other) => other !== word && other.startsWith(word)),
  );
}

/** A word of a phrase. The word has to be a whole word of the clip, or its beginning if `isBeginning` is true. */
export interface PhraseWord {
  word: string;
  isBeginning: boolean;
}

/** A longer phrase is cut after this many words. */
const MAX_PHRASE_WORDS = 40;

/**
 * Returns the words that must stand one after the other in a clip, folded. A single character of a script without spaces
 * is a beginning, because clips have pairs of such characters.
 */
export function phraseWordsOf(text: string): PhraseWord[] {
  const words: PhraseWord[] = [];
  for (const { run, isSpaceless } of runsOf(text.slice(0, MAX_QUERY_CHARACTERS))) {
    const parts = isSpaceless ? partsOf(run, 'searched') : [cutWord(run)];
    const isBeginning = isSpaceless && Array.from(run).length === 1;
    words.push(...parts.map((word) => ({ word, isBeginning })));
  }
  return words.slice(0, MAX_PHRASE_WORDS);
}

/** Returns a name as filters compare it: folded, and with single spaces between its words. */
export function nameKeyOf(name: string): string {
  const words = [...runsOf(name.slice(0, MAX_QUERY_CHARACTERS))].map(({ run }) => run);
  return words.length === 0 ? name.trim().toLowerCase() : words.join(' ');
}
