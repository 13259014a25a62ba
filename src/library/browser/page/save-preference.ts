import { SCRIPT_WORDS } from '../words.ts';
import { tell } from './say.ts';

/** The path to which pages send the settings of a reader. The server keeps the settings in a cookie. */
export const PREFERENCES_PATH = '/prefs';

/** Saves a setting, so that the next page arrives with it. If that fails, the reader is told. */
export async function savePreference(name: string, value: string): Promise<void> {
  try {
    const body = new URLSearchParams({ [name]: value });
    // The server sends the reader back to a page, which a script does not need.
    const response = await fetch(PREFERENCES_PATH, { method: 'POST', body, redirect: 'manual' });
    if (response.ok || response.type === 'opaqueredirect') return;
  } catch {
    // Told below.
  }
  tell(SCRIPT_WORDS.notSaved);
}
