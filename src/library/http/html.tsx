import type { HtmlEscapedString } from 'hono/utils/html';
import { ReaderPreferences } from '../pages/frame/reader-preferences.ts';
import { DEFAULT_PREFERENCES, type Preferences } from './preferences.ts';

/** A page or a part of a page that is not text yet. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Returns the text of a page for a reader with these preferences. */
export async function toDocument(
  page: Html,
  preferences: Preferences = DEFAULT_PREFERENCES,
): Promise<string> {
  const shown: Html = (
    <ReaderPreferences.Provider value={preferences}>{page}</ReaderPreferences.Provider>
  );
  return `<!doctype html>${(await shown).toString()}`;
}
