import { canBeMistyped } from '../words/typos.ts';

/** Returns the distinct words that belong into the vocabulary, in the order in which their rows are locked. */
export function vocabularyOf(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].filter(canBeMistyped).sort();
}
