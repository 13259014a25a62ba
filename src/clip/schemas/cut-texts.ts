/** The longest text of a message that is kept. Discord allows 4,000 characters. */
export const MAX_MESSAGE_CHARACTERS = 100_000;
/** The longest name or other text that is kept. Discord allows 1,024 characters for a description. */
const MAX_CHARACTERS = 1024;
/** The maximum number of items of a list, such as the players of a clip. A stream has fewer. */
export const MAX_ITEMS = 50;

/** The fields with other limits. Links are never cut; the schemas reject links that are too long. */
const LIMITS: Readonly<Record<string, number>> = {
  description: MAX_MESSAGE_CHARACTERS,
  url: Infinity,
  webUrl: Infinity,
};

/**
 * Returns the value with its long texts and lists cut, or the same object if nothing is too long. Temporal ends a
 * workflow that starts an activity with more than 2 MB of input.
 */
export function cutTexts<T>(value: T): T {
  return cut(value, MAX_CHARACTERS) as T;
}

function cut(value: unknown, maxCharacters: number): unknown {
  if (typeof value === 'string') {
    return value.length > maxCharacters ? value.slice(0, maxCharacters) : value;
  }
  if (Array.isArray(value)) {
    const items: unknown[] = value.slice(0, MAX_ITEMS).map((item) => cut(item, maxCharacters));
    const isSame = items.length === value.length && items.every((item, at) => item === value[at]);
    return isSame ? value : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, field]) => [
    name,
    cut(field, LIMITS[name] ?? MAX_CHARACTERS),
  ]);
  const fields = value as Readonly<Record<string, unknown>>;
  const isSame = entries.every(([name, field]) => field === fields[name as string]);
  return isSame ? value : Object.fromEntries(entries);
}
