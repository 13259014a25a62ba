/**
 * The version of what Everclip can read. It rises when a later Everclip reads objects that this one calls unreadable.
 * Then the next reconcile reads all unreadable objects again.
 */
const READER_VERSION = 1;

/** Returns the version under which the catalog keeps an object that this Everclip can't read. */
export function unreadableVersion(version: string): string {
  return `unreadable.${READER_VERSION}:${version}`;
}
