const KEY = 'everclip-opened';
/** Stands for the clip to which "Random" leads: only the server knows which. */
export const RANDOM_CLIP = 'random';

/** Remembers that the reader opened this clip in a list, so that its page may play it at once. */
export function markOpened(clipId: string): void {
  try {
    sessionStorage.setItem(KEY, clipId);
  } catch {
    // The reader forbade storage, so the clip waits for a second click.
  }
}

/** True once after `markOpened` with the same clip or with a random one. */
export function takeOpened(clipId: string): boolean {
  try {
    const opened = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (opened === RANDOM_CLIP) return isFromLibrary();
    return opened === clipId;
  } catch {
    return false;
  }
}

/** False if the reader opened a shared link after a "Random" that led nowhere. */
function isFromLibrary(): boolean {
  return document.referrer !== '' && new URL(document.referrer).origin === location.origin;
}
