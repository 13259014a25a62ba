/**
 * Returns `key` if it is a valid object key: relative segments joined by `/`, none of them empty and none
 * with a leading dot.
 *
 * These rules keep a key inside the bucket's folder (no `..`, no `/etc`) and out of the sub-folder `.everclip`.
 * @throws Error if the key is invalid, which is a bug in the caller and not worth a retry
 */
export function requireValidKey(key: string): string {
  if (!isValidKey(key)) {
    throw new Error(`"${key}" is not an object key: write it as messages/<channel>/<id>.json`);
  }
  return key;
}

/** True if `requireValidKey` accepts the key. */
export function isValidKey(key: string): boolean {
  return key.split('/').every(isValidSegment);
}

/**
 * Returns `prefix` if it is empty or the beginning of a valid key, such as `messages/1/` or `messages/1/2`.
 * @throws Error if no valid key begins with the prefix, which is a bug in the caller
 */
export function requireValidPrefix(prefix: string): string {
  const folders = prefix.split('/').slice(0, -1);
  const name = prefix.slice(prefix.lastIndexOf('/') + 1);
  if (!folders.every(isValidSegment) || !(name === '' || isValidSegment(name))) {
    throw new Error(`"${prefix}" does not begin an object key: write it as messages/<channel>/`);
  }
  return prefix;
}

/** True if the text can be one part of an object key. */
export function isValidSegment(segment: string): boolean {
  return (
    segment !== '' &&
    !segment.startsWith('.') &&
    !segment.includes('\\') &&
    !/\p{Cc}/u.test(segment)
  );
}
