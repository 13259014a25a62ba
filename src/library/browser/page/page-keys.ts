import { openHelp } from './start-page.ts';

/** Returns what a key does on every page: search, help and a random clip. */
export function findPageAction({
  key,
  repeat,
}: Pick<KeyboardEvent, 'key' | 'repeat'>): (() => void) | null {
  if (key === '?') return openHelp;
  if (key === '/') {
    const field = document.querySelector<HTMLInputElement>('#q');
    if (field === null) return null;
    return () => {
      field.focus();
      field.select();
    };
  }
  if (key.toLowerCase() === 'r') {
    const random = document.getElementById('random');
    return random && (() => repeat || random.click());
  }
  return null;
}
