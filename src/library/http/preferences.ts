import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';

export const THEMES = ['system', 'dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];

/** What a reader chose. The server reads the choices, so a page arrives as the reader wants it. */
export interface Preferences {
  theme: Theme;
  /** True if the player takes the width of the page. */
  theatre: boolean;
  /** False if single keys do nothing (WCAG 2.1.4). */
  keys: boolean;
  /** The day whose strip "On this day" the reader closed, such as `2025-05-01`; null if there is none. */
  hiddenDay: string | null;
}

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  theatre: false,
  keys: true,
  hiddenDay: null,
};

export const PREFERENCES_COOKIE = 'everclip';

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads the preferences of a request. A damaged cookie gives the defaults. */
export function preferencesOf(c: Context): Preferences {
  const stored = new URLSearchParams(getCookie(c, PREFERENCES_COOKIE) ?? '');
  return changePreferences(DEFAULT_PREFERENCES, (name) => stored.get(name));
}

/** Changes the preferences that `valueOf` has a valid value for. */
export function changePreferences(
  preferences: Preferences,
  valueOf: (name: string) => string | null,
): Preferences {
  const day = valueOf('day') ?? '';
  return {
    theme: THEMES.find((theme) => theme === valueOf('theme')) ?? preferences.theme,
    theatre: switchOf(valueOf('theatre'), preferences.theatre),
    keys: switchOf(valueOf('keys'), preferences.keys),
    hiddenDay: DAY.test(day) ? day : preferences.hiddenDay,
  };
}

function switchOf(value: string | null, otherwise: boolean): boolean {
  return value === 'on' || value === 'off' ? value === 'on' : otherwise;
}

/** Returns the value of the cookie. */
export function writePreferences({ theme, theatre, keys, hiddenDay }: Preferences): string {
  const values = new URLSearchParams({
    theme,
    theatre: theatre ? 'on' : 'off',
    keys: keys ? 'on' : 'off',
  });
  if (hiddenDay !== null) values.set('day', hiddenDay);
  return values.toString();
}
