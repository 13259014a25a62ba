/**
 * Returns `key` if it is a valid object key: relative segments joined by `/`, none of them empty and none
 * with a leading dot.
 *
 * These rules keep a key inside the bucket's folder (no `..`, no `/etc`) and out of the sub-folder `.everclip`.
 * @throws Error if the key is invalid, which is a bug in the caller and not worth a retry
 */
export function requireValidKey(key: string): string {
  if (!key.split('/').every(isValidSegment)) {
    throw new Error(`"${key}" is not an object key: write it as messages/<channel>/<id>.json`);
  }
  return key;
}

function isValidSegment(segment: string): boolean {
  return (
    segment !== '' &&
    !segment.startsWith('.') &&
    !segment.includes('\\') &&
    !/\p{Cc}/u.test(segment)
  );
}
