export type Theme = 'dark' | 'light' | 'system';

/** Returns the theme that the header's button offers: the one that the reader does not see now. */
export function otherTheme(theme: Theme, prefersDark: boolean): 'dark' | 'light' {
  const isDark = theme === 'dark' || (theme === 'system' && prefersDark);
  return isDark ? 'light' : 'dark';
}
