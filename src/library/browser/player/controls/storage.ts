import { parseRemembered, type Remembered } from '../rules/remembered.ts';

const KEY = 'everclip-player';

/** Reads what the player remembers. */
export function loadRemembered(): Remembered {
  try {
    return parseRemembered(localStorage.getItem(KEY));
  } catch {
    // The reader forbade storage, so nothing is remembered.
    return parseRemembered(null);
  }
}

export function saveRemembered(remembered: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(remembered));
  } catch {
    // The storage is forbidden or full. The player works without it.
  }
}
