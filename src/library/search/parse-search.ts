import { SORTS, type ClipQuery, type Sort } from '../../catalog/catalog.ts';
import { plain } from '../../clip/plain.ts';
import { DATES, isSwitch, LENGTHS, LISTS, SWITCHES, type Filter } from './operators.ts';
import { parseText, readTextEnd, type TypedText } from './parse-text.ts';
import { parseDateMs, parseSeconds } from './values.ts';

export type { Filter };

/** The rest of a longer text is cut. */
export const MAX_TEXT_CHARACTERS = 200;
const MAX_VALUES = 10;
const MAX_VALUE_CHARACTERS = 100;
/** A cursor comes from the catalog, so a longer one is made up. */
const MAX_CURSOR_CHARACTERS = 500;

/** What the parameters of a page ask for. */
export interface Search {
  query: Omit<ClipQuery, 'audience'>;
  /** The place in the list at which the page starts; null for the first page. */
  cursor: string | null;
  /** The text of the search field, without operators. */
  text: string;
  /** The conditions that count, without the text. They include those of operators in the typed text. */
  filters: Filter[];
  /** True if the typed text had operators. Then `listPath` returns another address than the reader's. */
  hasOperators: boolean;
  sort: Sort;
  isCut: boolean;
  /** True if a value is invalid or was cut, or if a parameter has too many values. */
  hasIgnored: boolean;
}

/**
 * Reads the parameters of a search. An operator in the text counts as a parameter. If there can be only one value, the
 * value in the text counts. Never throws: what is not understood is ignored, and the page says so.
 *
 * The parameter `typing` says that the reader is still typing. Then an operator at the end of the text is unfinished, and
 * is left out.
 */
export function parseSearch(given: URLSearchParams, timeZone: string): Search {
  const { typed, isCut } = readText(given.get('q') ?? '', given.has('typing'));
  const { text } = typed;
  const parameters = addOperators(given, typed.filters);
  const query: Search['query'] = textQueryOf(typed);
  const filters: Filter[] = [];
  let hasIgnored = false;
  for (const name of LISTS) {
    const named = new Set(parameters.getAll(name).map(toLine).filter(Boolean));
    const values = [...new Set([...named].map(cutValue))].slice(0, MAX_VALUES);
    if (named.size > values.length || values.some((value) => !named.has(value))) hasIgnored = true;
    if (values.length > 0) query[name] = values;
    filters.push(...values.map((value) => ({ name, value })));
  }
  const readOne = <T>(name: string, parse: (value: string) => T | null): T | null => {
    const value = cutValue(toLine(parameters.get(name) ?? ''));
    if (value === '') return null;
    const parsed = parse(value);
    if (parsed === null) hasIgnored = true;
    else filters.push({ name, value });
    return parsed;
  };
  for (const [name, field] of Object.entries(DATES)) {
    const timeMs = readOne(name, (value) => parseDateMs(value, timeZone));
    if (timeMs !== null) query[field] = timeMs;
  }
  for (const [name, field] of Object.entries(LENGTHS)) {
    const seconds = readOne(name, parseSeconds);
    if (seconds !== null) query[field] = seconds;
  }
  for (const value of new Set(parameters.getAll('is'))) {
    const field = isSwitch(value) ? SWITCHES[value] : null;
    if (field === null) hasIgnored = true;
    else {
      query[field] = true;
      filters.push({ name: 'is', value });
    }
  }
  const givenSort = parameters.get('sort') || 'newest';
  const sort = SORTS.find((name) => name === givenSort) ?? 'newest';
  query.sort = sort;
  const seed = readSeed(parameters.get('seed'));
  if (sort === 'random') query.seed = seed ?? 0;
  if (sort !== givenSort || seed === null) hasIgnored = true;
  const cursor = readCursor(parameters.get('cursor'));
  const hasOperators = typed.filters.length > 0;
  return { query, cursor, text, filters, hasOperators, sort, isCut, hasIgnored };
}

function readText(given: string, isTyping: boolean): { typed: TypedText; isCut: boolean } {
  const line = plain(given, { markup: 'kept' });
  const text = cut(line, MAX_TEXT_CHARACTERS);
  const end = isTyping && !/\s$/.test(given) ? readTextEnd(text) : null;
  const finished = end?.operator ? end.before : text;
  return { typed: parseText(finished), isCut: text !== line };
}

function textQueryOf({ words, exact, without }: TypedText): Search['query'] {
  return {
    ...(words === '' ? {} : { text: words }),
    ...(exact.length === 0 ? {} : { exact }),
    ...(without.length === 0 ? {} : { without }),
  };
}

const MULTIPLE: readonly string[] = [...LISTS, 'is'];

function addOperators(given: URLSearchParams, filters: readonly Filter[]): URLSearchParams {
  const parameters = new URLSearchParams(given);
  for (const { name, value } of filters) {
    if (MULTIPLE.includes(name)) parameters.append(name, value);
    else parameters.set(name, value);
  }
  return parameters;
}

/** Databases refuse NUL and halves of characters. */
function toLine(value: string): string {
  return plain(value, { markup: 'kept' });
}

function cutValue(value: string): string {
  return cut(value, MAX_VALUE_CHARACTERS);
}

/** Returns 0 if there is no seed, and null if the seed is invalid. */
function readSeed(text: string | null): number | null {
  const seed = Number(text ?? 0);
  return seed >= 0 && seed < 1 ? seed : null;
}

/** Cuts a text between characters, and not within a surrogate pair. */
export function cut(text: string, maxCharacters: number): string {
  return Array.from(text).slice(0, maxCharacters).join('');
}

function readCursor(cursor: string | null): string | null {
  const isPlausible =
    cursor !== null && cursor.length <= MAX_CURSOR_CHARACTERS && /^[\x21-\x7e]+$/.test(cursor);
  return isPlausible ? cursor : null;
}

/** Returns the parameters of a search, so that links and forms can repeat the search. */
export function searchParameters(
  { text, filters, sort, query }: Pick<Search, 'text' | 'filters' | 'sort' | 'query'>,
  cursor: string | null = null,
): URLSearchParams {
  const parameters = new URLSearchParams();
  if (text !== '') parameters.set('q', text);
  for (const { name, value } of filters) parameters.append(name, value);
  if (sort !== 'newest') parameters.set('sort', sort);
  if (query.seed !== undefined) parameters.set('seed', String(query.seed));
  if (cursor !== null) parameters.set('cursor', cursor);
  return parameters;
}

/** The part of a search that its address has. */
export type SearchAddress = Parameters<typeof searchParameters>[0];

/** Returns the search for the same text everywhere: in all channels, from all people, of any length and time. */
export function withoutFilters({ text, sort, query: { seed } }: SearchAddress): SearchAddress {
  return { text, sort, filters: [], query: seed === undefined ? {} : { seed } };
}

/** Returns the address of the list with this search. */
export function listPath(search: SearchAddress, cursor?: string): string {
  const text = searchParameters(search, cursor ?? null).toString();
  return text === '' ? '/' : `/?${text}`;
}
