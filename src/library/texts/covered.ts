import type { CatalogClip } from '../../catalog/catalog.ts';

/** True if neither the picture nor the text of the clip is shown before the reader asks for them. */
export function isCovered({
  isSpoiler,
  isNsfw,
}: Pick<CatalogClip, 'isSpoiler' | 'isNsfw'>): boolean {
  return isSpoiler || isNsfw;
}
