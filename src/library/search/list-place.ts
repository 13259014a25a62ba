import { searchParameters, type Filter, type Search } from './parse-search.ts';

/** Clips on a page, and the most that a page can be asked for. The catalog returns at most as many. */
export const CLIPS_PER_PAGE = 24;
export const MAX_CLIPS_PER_PAGE = 240;
/** More clips than anybody looks through. */
const MAX_SHOWN = 1_000_000;

/** Where a list is shown, and what its page shows besides the clips. */
export interface ListPlace {
  /** The path of the list, such as `/` or `/posters/5`. */
  path: string;
  /** The filter that the path stands for; null if there is none. */
  fixed: Filter | null;
  /** The number of clips on the page. A script asks for more to restore a long list by one request. */
  limit: number;
  /** The number of clips on the pages before this one. */
  shownBefore: number;
  isFilterOpen: boolean;
  /** The covered clip that the reader asked to see; null if there is none. */
  uncoveredId: string | null;
}

/** Reads the parameters of a list that don't change which clips match. Invalid values count as absent. */
export function readPlace(
  parameters: URLSearchParams,
  { path, fixed }: Pick<ListPlace, 'path' | 'fixed'>,
): ListPlace {
  const show = parameters.get('show') ?? '';
  return {
    path,
    fixed,
    limit: readWhole(parameters.get('count'), MAX_CLIPS_PER_PAGE) || CLIPS_PER_PAGE,
    shownBefore: readWhole(parameters.get('shown'), MAX_SHOWN),
    isFilterOpen: parameters.get('filter') === '1',
    uncoveredId: /^\d{1,20}-\d{1,20}$/.test(show) ? show : null,
  };
}

/** Returns a whole number of at most `max`; 0 if the text is none. */
function readWhole(text: string | null, max: number): number {
  return /^\d{1,9}$/.test(text ?? '') ? Math.min(Number(text), max) : 0;
}

type Shown = Pick<Search, 'text' | 'filters' | 'sort' | 'query'>;

/** Returns the address of a list. `extra` adds parameters, and null adds none. */
export function listAddress(
  search: Shown,
  { path, fixed }: Pick<ListPlace, 'path' | 'fixed'>,
  extra: Readonly<Record<string, string | null>> = {},
): string {
  const filters = search.filters.filter((filter) => !isSame(filter, fixed));
  const parameters = searchParameters({ ...search, filters });
  for (const [name, value] of Object.entries(extra)) {
    if (value !== null) parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Returns the parameters that a link to a clip carries, so that the clip's page knows the order. Without a `?`. */
export function orderParameters(search: Shown): string {
  return searchParameters(search).toString();
}

/** True if a filter is the one that the path of the list stands for. */
export function isSame(filter: Filter, fixed: Filter | null): boolean {
  return filter.name === fixed?.name && filter.value === fixed.value;
}
