/** The word before the caret, which suggestions complete. A quoted word may contain spaces. */
const LAST_WORD = /[^\s"]*(?:"[^"]*)?$/;

/** Puts a suggestion in the place of the word before the caret. */
export function insertSuggestion(
  text: string,
  caret: number,
  insert: string,
): { text: string; caret: number; isFinished: boolean } {
  const before = text.slice(0, caret).replace(LAST_WORD, '');
  const after = text.slice(caret).replace(/^\S*\s*/, '');
  // An operator such as `from:` still needs its value.
  const isFinished = !insert.trimEnd().endsWith(':');
  const word = isFinished ? `${insert.trimEnd()} ` : insert.trimEnd();
  return { text: before + word + after, caret: before.length + word.length, isFinished };
}

/**
 * True if the server's reading of a text may replace the text in the field: the reader finished the last word. Until
 * then, `from:so` may become `from:soho`.
 */
export function isFinishedText(text: string): boolean {
  return /\s$/.test(text) && (text.split('"').length - 1) % 2 === 0;
}
