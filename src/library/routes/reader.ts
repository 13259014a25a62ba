import type { Context } from 'hono';
import type { Audience, CatalogClip } from '../../catalog/catalog.ts';
import { audienceOf, canSee } from '../access.ts';
import type { LibraryParts } from '../ports.ts';

/** Returns whose clips the sender of a request may see. */
export function readerOf(c: Context, { settings }: Pick<LibraryParts, 'settings'>): Audience {
  return audienceOf(settings, (name) => c.req.header(name));
}

/**
 * Returns a clip, or null if there is no such clip or the reader may not see it. Everything that shows a clip calls this
 * function, so that a hidden clip is like a clip that does not exist.
 * @throws CatalogUnavailable
 */
export async function findVisibleClip(
  c: Context,
  clipId: string,
  parts: Pick<LibraryParts, 'catalog' | 'settings'>,
): Promise<CatalogClip | null> {
  const clip = await parts.catalog.findClip(clipId);
  return clip !== null && canSee(readerOf(c, parts), clip) ? clip : null;
}
