/** The icons of the pages, by their names at https://lucide.dev. The build makes one file of them. */
export const ICON_NAMES = [
  'app-window',
  'chevron-down',
  'chevron-left',
  'chevron-right',
  'code',
  'ellipsis',
  'external-link',
  'file-video',
  'keyboard',
  'link',
  'list-video',
  'plus',
  'rectangle-horizontal',
  'repeat',
  'search',
  'share-2',
  'shuffle',
  'sun-moon',
  'triangle-alert',
  'x',
] as const;

export type IconName = (typeof ICON_NAMES)[number];
