import { phraseWordsOf, queryWordsOf, type PhraseWord } from '../words/words.ts';

/** A word of a query as a condition on tsvectors. */
export interface WordCondition {
  /** In PostgreSQL's syntax for tsquery. */
  tsQuery: string;
  /** True if the word is so short that very many words begin with it. */
  isShort: boolean;
}

/** With up to this many characters, a word begins so many words of the index that reading them all is slow. */
const MAX_SHORT_LENGTH = 2;

/** Stands for the segment of time in a pattern. No word contains this character. */
export const SEGMENT_MARK = '\u0001';

/** The condition that a token begins with `word`, or that a token is one of `others`. */
export function wordCondition(word: string, others: readonly string[] = []): WordCondition {
  const alternatives = [`${quote(word)}:*`, ...others.map(quote)];
  return {
    tsQuery: alternatives.length === 1 ? alternatives.join() : `(${alternatives.join(' | ')})`,
    isShort: Array.from(word).length <= MAX_SHORT_LENGTH && /^\p{Script=Latin}|^\p{N}/u.test(word),
  };
}

/** More phrases or words than anybody types. */
const MAX_CONDITIONS = 10;

/** A phrase as conditions on tsvectors, in PostgreSQL's syntax for tsquery. */
export interface PhraseCondition {
  /** The words one by one, for the index, which knows no places. */
  words: string[];
  /** The words one after the other. */
  tsQuery: string;
}

/** Returns the condition of each phrase that has a word. */
export function phraseConditions(phrases: readonly string[] | undefined): PhraseCondition[] {
  return (phrases ?? [])
    .slice(0, MAX_CONDITIONS)
    .map(phraseWordsOf)
    .filter((words) => words.length > 0)
    .map(phraseCondition);
}

function phraseCondition(phrase: readonly PhraseWord[]): PhraseCondition {
  const words = phrase.map(({ word, isBeginning }) => `${quote(word)}${isBeginning ? ':*' : ''}`);
  return { words: [...new Set(words)], tsQuery: `(${words.join(' <-> ')})` };
}

/**
 * Splits what a clip must not match. A single word must not begin a word of the clip, nor a name of its channel or poster.
 * Several words must not stand one after the other.
 */
export function withoutConditions(without: readonly string[] | undefined): {
  words: WordCondition[];
  phrases: PhraseCondition[];
} {
  const texts = (without ?? []).slice(0, MAX_CONDITIONS);
  const isWord = (text: string) => phraseWordsOf(text).length === 1;
  return {
    words: texts
      .filter(isWord)
      .flatMap((text) => queryWordsOf(text).map((word) => wordCondition(word))),
    phrases: phraseConditions(texts.filter((text) => !isWord(text))),
  };
}

/** Folded words have neither quotes nor backslashes, but a mistake there must not become a syntax error. */
export function quote(word: string): string {
  return `'${word.replaceAll(SEGMENT_MARK, '').replace(/[\\']/g, '$&$&')}'`;
}
