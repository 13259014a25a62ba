import type { Context } from 'hono';
import type { Audience, CatalogClip, CatalogStatus } from '../../catalog/catalog.ts';
import type { LibrarySettings } from '../../config/settings.ts';
import { audienceOf, canSee } from '../access.ts';
import type { LibraryParts } from '../ports.ts';
import type { LinkFinder } from '../redirect/find-link.ts';
import { NotListedYet } from '../support/not-listed-yet.ts';
import { incompleteText, WORDS } from '../words.ts';

/** When a page that a catalog in rebuilding lacks may be tried again, in seconds. */
const REBUILDING_RETRY_SECONDS = 30;
/** A new clip reaches the catalog within about a second. */
const NEW_CLIP_RETRY_SECONDS = 5;
/** When to try again if nobody can tell whether the clip exists, in seconds. */
const DOUBT_RETRY_SECONDS = 30;

/** Returns whose clips the sender of a request may see. */
export function readerOf(c: Context, { settings }: Pick<LibraryParts, 'settings'>): Audience {
  return audienceOf(settings, (name) => c.req.header(name));
}

/** What the routes need besides the parts of the library. */
export interface RouteParts extends LibraryParts {
  finder: LinkFinder;
  findClip: FindClip;
}

/**
 * Returns a clip, or null if there is no such clip or the reader may not see it, or `gone` if the catalog lacks the clip
 * and the clip was deleted. Everything that shows a clip calls this function, so that a hidden clip is like a clip that
 * does not exist.
 * @throws CatalogUnavailable, or NotListedYet if the clip exists or may exist although the catalog lacks it
 */
export type FindClip = (c: Context, clipId: string) => Promise<CatalogClip | 'gone' | null>;

export function createFindClip(parts: LibraryParts, finder: LinkFinder): FindClip {
  return async (c, clipId) => {
    const audience = readerOf(c, parts);
    const clip = await parts.catalog.findClip(clipId);
    if (clip !== null && canSee(audience, clip)) return clip;
    await checkComplete(c, parts);
    const link = await finder.find(clipId, audience).catch(() => {
      throw new NotListedYet(WORDS.inDoubt, DOUBT_RETRY_SECONDS);
    });
    if (link === null) return null;
    if (isGone(link, { showDeleted: false })) return 'gone';
    throw new NotListedYet(WORDS.newClip, NEW_CLIP_RETRY_SECONDS);
  };
}

/**
 * Does nothing if the catalog has everything. Otherwise, what the catalog lacks may exist.
 * @throws CatalogUnavailable or NotListedYet
 */
export async function checkComplete(
  c: Context,
  parts: Pick<LibraryParts, 'catalog' | 'settings'>,
): Promise<void> {
  if (await parts.catalog.isComplete()) return;
  const state = await parts.catalog.readState();
  const { everything } = readerOf(c, parts);
  throw new NotListedYet(incompleteText(state, everything), REBUILDING_RETRY_SECONDS);
}

/** True if pages show nothing of the clip. With SHOW_DELETED, deleted clips are listed, so they have pages too. */
export function isGone(
  { status }: { status: CatalogStatus },
  { showDeleted }: Pick<LibrarySettings, 'showDeleted'>,
): boolean {
  return status === 'purged' || (status === 'deleted' && !showDeleted);
}
