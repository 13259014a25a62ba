import { SCRIPT_WORDS } from '../words.ts';
import { tell } from './say.ts';

/** The path to which pages send the settings of a reader. The server keeps the settings in a cookie. */
export const PREFERENCES_PATH = '/prefs';

const KEY = 'everclip-preference-';

/** Saves a setting, so that the next page arrives with it. If that fails, the reader is told. */
export async function savePreference(name: string, value: string): Promise<void> {
  rememberPreference(name, value);
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

/** Remembers a setting in this tab, for pages that the browser kept and shows again on "back". */
function rememberPreference(name: string, value: string): void {
  try {
    sessionStorage.setItem(KEY + name, value);
  } catch {
    // The reader forbade storage, so a kept page shows the setting of its time.
  }
}

/** Returns the setting that the reader last chose in this tab, or null. */
export function rememberedPreference(name: string): string | null {
  try {
    return sessionStorage.getItem(KEY + name);
  } catch {
    return null;
  }
}
