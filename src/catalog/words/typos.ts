/** Shorter words have too many neighbours: "ace" is one letter away from "ape", "age" and "ice". */
const MIN_TYPO_LENGTH = 4;
/** From this length on, a word may have two typing errors. */
const LONG_WORD_LENGTH = 8;

/** Returns the number of typing errors that a word of a query may have. */
export function maxTypos(word: string): number {
  if (word.length < MIN_TYPO_LENGTH) return 0;
  return word.length < LONG_WORD_LENGTH ? 1 : 2;
}

/** True if typing errors can be found in the word, so that it belongs into the vocabulary of the catalog. */
export function canBeMistyped(word: string): boolean {
  return word.length >= MIN_TYPO_LENGTH && /^\p{L}+$/u.test(word);
}

/**
 * Returns the smallest number of typing errors that turn `typed` into the beginning of `word`. A typing error is one
 * letter that is wrong, missing or too much, or two neighbours that are swapped (the optimal string alignment distance).
 * Only the beginning counts, because a search finds words by their beginnings.
 */
export function typosBetween(typed: string, word: string): number {
  const target = word.slice(0, typed.length + maxTypos(typed));
  let beforeLast: number[] = [];
  let last = Array.from({ length: target.length + 1 }, (_, at) => at);
  for (let i = 1; i <= typed.length; i++) {
    const row = [i];
    for (let j = 1; j <= target.length; j++) {
      const isSame = typed[i - 1] === target[j - 1];
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      const isSwapped = typed[i - 1] === target[j - 2] && typed[i - 2] === target[j - 1];
      if (i > 1 && j > 1 && isSwapped) least = Math.min(least, at(beforeLast, j - 2) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(...last);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

/**
 * Returns the words that `typed` may have meant, those with the fewest typing errors only. `words` are candidates, the
 * most similar first.
 */
export function meantBy(typed: string, words: readonly string[], limit: number): string[] {
  const max = maxTypos(typed);
  const found = words
    .map((word) => ({ word, typos: typosBetween(typed, word) }))
    .filter(({ typos }) => typos > 0 && typos <= max);
  const least = Math.min(...found.map(({ typos }) => typos));
  return found
    .filter(({ typos }) => typos === least)
    .slice(0, limit)
    .map(({ word }) => word);
}
