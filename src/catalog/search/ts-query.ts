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

/** Folded words have neither quotes nor backslashes, but a mistake there must not become a syntax error. */
export function quote(word: string): string {
  return `'${word.replaceAll(SEGMENT_MARK, '').replace(/[\\']/g, '$&$&')}'`;
}
