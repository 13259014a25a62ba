import { integerBetween, pick, pickSkewed, type Random } from './pick.ts';
import {
  ACCENTED_WORDS,
  ARABIC_WORDS,
  COMMON_WORDS,
  CYRILLIC_WORDS,
  EMOJI,
  GREEK_WORDS,
  JAPANESE_WORDS,
  KNOWN_POSTERS,
  KOREAN_WORDS,
  SYLLABLES,
} from './vocabulary.ts';

/** The longest text of a message without Nitro. Source: https://discord.com/developers/docs/resources/message */
const MAX_TEXT = 2000;

/** How many of 100 texts are written with which words. The others are in English. */
const SCRIPTS = [
  { share: 6, words: CYRILLIC_WORDS },
  { share: 4, words: JAPANESE_WORDS },
  { share: 4, words: ACCENTED_WORDS },
  { share: 2, words: KOREAN_WORDS },
  { share: 1, words: GREEK_WORDS },
  { share: 1, words: ARABIC_WORDS },
];

/** How many of 100 messages have a text of this many words. The first messages have no text. */
const LENGTHS = [
  { share: 30, min: 0, max: 0 },
  { share: 50, min: 1, max: 12 },
  { share: 15, min: 13, max: 40 },
  { share: 5, min: 41, max: 300 },
];

const INVENTED_WORDS = 0.04;
const MENTIONS = 0.02;
const EMOJIS = 0.03;
const LINKS = 0.005;

/** Returns the text of a message, which may be empty. */
export function createText(random: Random): string {
  const { min, max } = chooseByShare(LENGTHS, random() * 100) ?? { min: 0, max: 0 };
  const words = chooseByShare(SCRIPTS, random() * 100)?.words ?? COMMON_WORDS;
  return createWords(random, words, integerBetween(random, min, max)).slice(0, MAX_TEXT);
}

/** Returns a few English words with spaces between them. */
export function createTitle(random: Random): string {
  const count = integerBetween(random, 2, 6);
  return Array.from({ length: count }, () => pickSkewed(random, COMMON_WORDS)).join(' ');
}

/** Returns a word that nobody else has used, or only a few people. */
export function inventWord(random: Random): string {
  return Array.from({ length: integerBetween(random, 2, 4) }, () => pick(random, SYLLABLES)).join(
    '',
  );
}

function createWords(random: Random, words: readonly string[], count: number): string {
  return Array.from({ length: count }, () => createWord(random, words)).join(' ');
}

function createWord(random: Random, words: readonly string[]): string {
  const roll = random();
  if (roll < LINKS) return `https://example.org/${inventWord(random)}`;
  if (roll < LINKS + EMOJIS) return pickSkewed(random, EMOJI);
  if (roll < LINKS + EMOJIS + MENTIONS) return `@${pick(random, KNOWN_POSTERS)[0] ?? ''}`;
  if (roll < LINKS + EMOJIS + MENTIONS + INVENTED_WORDS) return inventWord(random);
  return pickSkewed(random, words);
}

/** Returns the item whose range of percent contains `percent`, or null if no range does. */
function chooseByShare<T extends { share: number }>(
  items: readonly T[],
  percent: number,
): T | null {
  let end = 0;
  for (const item of items) {
    end += item.share;
    if (percent < end) return item;
  }
  return null;
}
