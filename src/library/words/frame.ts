// The words around every page.

import type { Theme } from '../http/preferences.ts';

export const FRAME_WORDS = {
  openSearch: 'Search',
  random: 'Random clip',
  lightTheme: 'Use the light theme',
  darkTheme: 'Use the dark theme',
  keys: 'Keyboard shortcuts',
  close: 'Close',
  keysOn: 'Turn shortcuts on',
  keysOff: 'Turn shortcuts off',
  theme: 'Theme',
} as const;

export const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'Same as the device',
  dark: 'Dark',
  light: 'Light',
};
