import type { LibrarySettings } from '../../../config/settings.ts';
import { FeedLink } from '../../feed/feed-link.tsx';
import { THEME_COLOR } from '../../preview/head.ts';
import { listAddress, type ListPlace } from '../../search/list-place.ts';
import type { Search } from '../../search/parse-search.ts';
import { lineOf } from '../format.ts';

interface HeadProps {
  settings: Pick<LibrarySettings, 'name' | 'url'>;
  search: Search;
  place: ListPlace;
  title: string | null;
}

/** The tags in the head of a list. The canonical address has neither a place in the list nor a starting point. */
export function ListHead({ settings, search, place, title }: HeadProps) {
  const { seed: _, ...query } = search.query;
  const path = listAddress({ ...search, query }, place);
  const address = settings.url === null ? path : new URL(path, settings.url).href;
  const library = lineOf(settings.name);
  return (
    <>
      <link rel="canonical" href={address} />
      <meta property="og:site_name" content={library} />
      <meta property="og:title" content={title ?? library} />
      <meta property="og:type" content="website" />
      <meta name="theme-color" content={THEME_COLOR} />
      <FeedLink search={search} />
    </>
  );
}
