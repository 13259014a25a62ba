// Parsers for fields of messages. Compatible servers may send types that Discord does not document.

/** The longest text that is kept. Discord allows 1,024 characters for a description and fewer for a name. */
const MAX_TEXT_CHARACTERS = 1024;

/** Returns the text, at most as long as Discord allows; undefined if the value is empty or not a text. */
export function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value.slice(0, MAX_TEXT_CHARACTERS)
    : undefined;
}

/** Returns the number if it is positive and finite; otherwise undefined. */
export function positiveOrNothing(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined;
}

/** Returns the objects of a list, or an empty list if the value is not a list. */
export function objectsOf<T extends object>(value: readonly (T | null)[] | null | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).filter(
    (each): each is T => typeof each === 'object' && each !== null,
  );
}

/** Removes the keys whose value is undefined. */
export function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}
