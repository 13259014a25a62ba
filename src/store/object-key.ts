/**
 * Checks that a key is one of ours: relative segments joined by `/`, none empty, none beginning with a
 * dot. So no key leaves the folder (`..`, `/etc`) and none meets the folder's own `.everclip`.
 * @throws Error where it isn't: that is a defect of the caller, not a fault that passes
 */
export function validKey(key: string): string {
  const bad = (part: string): boolean =>
    part === '' || part.startsWith('.') || part.includes('\\') || /\p{Cc}/u.test(part);
  if (key.split('/').some(bad)) {
    throw new Error(`"${key}" is no object key: write it as messages/<channel>/<id>.json`);
  }
  return key;
}
