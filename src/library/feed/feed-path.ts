import { searchParameters, type Search } from '../search/parse-search.ts';

/** Returns the path of the feed with a search's filters. A feed is always newest first. */
export function feedPath({ text, filters }: Pick<Search, 'text' | 'filters'>): string {
  const parameters = searchParameters({ text, filters, sort: 'newest', query: {} }).toString();
  return parameters === '' ? '/feed.xml' : `/feed.xml?${parameters}`;
}
