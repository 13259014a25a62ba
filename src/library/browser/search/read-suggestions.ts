/** A suggestion of `/api/suggest`. `insert` takes the place of the word before the caret. */
export interface Suggestion {
  kind: string;
  label: string;
  value: string;
  insert: string;
  /** The number of clips; null for an operator. */
  count: number | null;
}

const MAX_SUGGESTIONS = 8;

/** Reads the server's answer. Whatever is not a suggestion is left out. */
export function readSuggestions(answer: unknown): Suggestion[] {
  if (!Array.isArray(answer)) return [];
  return (answer as unknown[]).filter(isSuggestion).slice(0, MAX_SUGGESTIONS);
}

function isSuggestion(value: unknown): value is Suggestion {
  if (typeof value !== 'object' || value === null) return false;
  const { label, insert } = value as Partial<Record<keyof Suggestion, unknown>>;
  return typeof label === 'string' && typeof insert === 'string';
}
