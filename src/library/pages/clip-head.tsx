import type { CatalogClip } from '../../catalog/catalog.ts';
import { lineOf, posterName } from './format.ts';

/** The tags in the head of a clip's page. The tags of link previews belong here. */
export function ClipHead({ clip }: { clip: CatalogClip }) {
  if (clip.isSpoiler || clip.isNsfw) return null;
  return <meta name="description" content={`${lineOf(clip.title)} · ${posterName(clip.poster)}`} />;
}
