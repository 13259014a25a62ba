import type { Audience, CatalogClip, ClipPage } from '../../catalog/catalog.ts';
import { channelName, posterName } from '../pages/format.ts';
import type { ReadableCatalog } from '../ports.ts';
import type { Filter, Search } from '../search/parse-search.ts';

/** The id of a poster or a channel, as links filter by it. */
const ID = /^\d{15,20}(?:-[0-9a-f]{1,64})?$/;
/** More filters by id than anybody combines. The others are shown as ids. */
const MAX_LOOKUPS = 4;

/**
 * Returns how the filters of a search are shown: links filter by id, and readers know names. The clips of the page know
 * most names. For the others, one clip that the reader may see is looked up.
 */
export async function nameFilters(
  catalog: Pick<ReadableCatalog, 'search'>,
  search: Search,
  page: ClipPage,
  audience: Audience,
): Promise<(filter: Filter) => string> {
  const clips = [...page.clips, ...page.closeMatches];
  const unnamed = search.filters
    .filter((filter) => ID.test(filter.value) && nameIn(clips, filter) === null)
    .filter(({ name }) => name === 'from' || name === 'in')
    .slice(0, MAX_LOOKUPS);
  const found = await Promise.all(
    unnamed.map(({ name, value }) => catalog.search({ audience, [name]: [value] }, { limit: 1 })),
  );
  const known = [...clips, ...found.flatMap((each) => each.clips)];
  return (filter) => nameIn(known, filter) ?? typedName(filter);
}

/** Returns what the reader typed. Readers type the name of a channel with or without its `#`. */
function typedName({ name, value }: Filter): string {
  return name === 'in' && !ID.test(value) ? `#${value.replace(/^#/, '')}` : value;
}

function nameIn(clips: readonly CatalogClip[], { name, value }: Filter): string | null {
  if (name === 'from') {
    const clip = clips.find(({ poster }) => poster.id === value);
    return clip === undefined ? null : posterName(clip.poster);
  }
  if (name !== 'in') return null;
  const clip = clips.find(({ channel }) => channel.id === value);
  return clip === undefined ? null : channelName(clip.channel);
}
