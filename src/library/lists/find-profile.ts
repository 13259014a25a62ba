import type { Audience, CatalogClip, ClipQuery } from '../../catalog/catalog.ts';
import { channelName, lineOf, posterName } from '../pages/format.ts';
import type { Profile } from '../pages/list/profile.tsx';
import type { LibraryParts } from '../ports.ts';

export type ProfileKind = Profile['kind'];

/** The filter that a page about a poster, a channel or a game stands for. */
export const PROFILE_FILTERS = { poster: 'from', channel: 'in', game: 'game' } as const;

/** Returns what the page about a poster, a channel or a game says; null if the reader may see none of its clips. */
export async function findProfile(
  { catalog, settings: { showDeleted } }: Pick<LibraryParts, 'catalog' | 'settings'>,
  kind: ProfileKind,
  value: string,
  audience: Audience,
): Promise<Profile | null> {
  const query: ClipQuery = { audience, showDeleted, [PROFILE_FILTERS[kind]]: [value] };
  const summary = await catalog.describe(query);
  if (summary === null) return null;
  const name = nameIn(summary.latest, kind, value);
  return name === null ? null : { kind, name, summary };
}

/** A filter also matches names. So somebody's name may be an id, and then the page is about nobody. */
function nameIn(clip: CatalogClip, kind: ProfileKind, value: string): string | null {
  const { poster, channel, game } = clip;
  switch (kind) {
    case 'poster':
      return poster.id === value ? posterName(poster) : null;
    case 'channel':
      return channel.id === value ? channelName(channel) : null;
    case 'game':
      return game === null ? null : lineOf(game);
  }
}
