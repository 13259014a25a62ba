import type { Search } from '../search/parse-search.ts';
import { WORDS } from '../words.ts';
import { feedPath } from './feed-path.ts';

/** The tag by which feed readers find the feed of a list page. The feed has the same filters as the page. */
export function FeedLink({ search }: { search: Pick<Search, 'text' | 'filters'> }) {
  return (
    <link rel="alternate" type="application/rss+xml" title={WORDS.feed} href={feedPath(search)} />
  );
}
