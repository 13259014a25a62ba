import type { Search } from './parse-search.ts';

/** Returns a search that repeats its order. Without a seed, the pages of a shuffled list would not fit together. */
export function withSeed(search: Search): Search {
  const hasSeed = search.query.seed !== 0 || search.sort !== 'random' || search.cursor !== null;
  return hasSeed ? search : { ...search, query: { ...search.query, seed: Math.random() } };
}
