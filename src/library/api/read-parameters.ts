import { DATES, LENGTHS, LISTS } from '../search/operators.ts';
import { parseSearch, type Search } from '../search/parse-search.ts';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 24;

/** The parameters whose values `parseSearch` may ignore or cut. An address may have thousands of others. */
const CHECKED = [...LISTS, ...Object.keys(DATES), ...Object.keys(LENGTHS), 'is', 'seed'];

export interface ApiParameters {
  search: Search;
  /** How many clips an answer contains at most. */
  limit: number;
  isShown: boolean;
}

/** The name of a parameter with a value that is not understood. */
export interface InvalidParameter {
  invalid: string;
}

/**
 * Reads the parameters of `/api/clips`. The filters are those of the list page. A page ignores what it does not
 * understand and says so, but a program would not notice, so the API refuses it.
 */
export function readParameters(
  parameters: URLSearchParams,
  timeZone: string,
): ApiParameters | InvalidParameter {
  const limit = readLimit(parameters.get('limit'));
  if (limit === null) return { invalid: 'limit' };
  const search = parseSearch(parameters, timeZone);
  if (parameters.has('cursor') && search.cursor === null) return { invalid: 'cursor' };
  if (search.isCut) return { invalid: 'q' };
  if (parameters.has('sort') && parameters.get('sort') !== search.sort) return { invalid: 'sort' };
  if (search.hasIgnored) {
    const ignored = CHECKED.find((name) => {
      const alone = parameters.getAll(name).map((value): [string, string] => [name, value]);
      return parseSearch(new URLSearchParams(alone), timeZone).hasIgnored;
    });
    return { invalid: ignored ?? 'q' };
  }
  return { search, limit, isShown: parameters.get('show') === '1' };
}

function readLimit(text: string | null): number | null {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_LIMIT ? limit : null;
}
