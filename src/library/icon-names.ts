/** The icons of the pages, by their names at https://lucide.dev. The build makes one file of them. */
export const ICON_NAMES = [
  'chevron-down',
  'keyboard',
  'plus',
  'search',
  'shuffle',
  'sun-moon',
  'triangle-alert',
  'x',
] as const;

export type IconName = (typeof ICON_NAMES)[number];
