const KEY = 'everclip-opened';

/** Remembers that the reader opened this clip on a page of the library, so that its page may play it at once. */
export function markOpened(clipId: string): void {
  try {
    sessionStorage.setItem(KEY, clipId);
  } catch {
    // The reader forbade storage, so the clip waits for a second click.
  }
}

/** True once after `markOpened` with the same clip. */
export function takeOpened(clipId: string): boolean {
  try {
    const opened = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return opened === clipId;
  } catch {
    return false;
  }
}
