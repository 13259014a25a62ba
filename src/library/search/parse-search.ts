import { SORTS, type ClipQuery, type Sort } from '../../catalog/catalog.ts';
import { plain } from '../../clip/plain.ts';
import { parseDateMs, parseSeconds } from './values.ts';

/** The rest of a longer text is cut. */
export const MAX_TEXT_CHARACTERS = 200;
const MAX_VALUES = 10;
const MAX_VALUE_CHARACTERS = 100;
/** A cursor comes from the catalog, so a longer one is made up. */
const MAX_CURSOR_CHARACTERS = 500;

const LISTS = ['from', 'in', 'with', 'game'] as const;
const DATES = { before: 'beforeMs', after: 'afterMs' } as const;
const LENGTHS = { longer: 'longerSeconds', shorter: 'shorterSeconds' } as const;
const SWITCHES = { vertical: 'isVertical', silent: 'isSilent', spoiler: 'isSpoiler' } as const;

/** A condition of a search, as the reader wrote it. `name` is the parameter's name. */
export interface Filter {
  name: string;
  value: string;
}

/** What the parameters of a page ask for. */
export interface Search {
  query: Omit<ClipQuery, 'audience'>;
  /** The place in the list at which the page starts; null for the first page. */
  cursor: string | null;
  text: string;
  /** The conditions that count, without the text. */
  filters: Filter[];
  sort: Sort;
  isCut: boolean;
  hasIgnored: boolean;
}

/** Reads the parameters of a search. Never throws: what is not understood is ignored, and the page says so. */
export function parseSearch(parameters: URLSearchParams, timeZone: string): Search {
  const { text, isCut } = readText(parameters.get('q') ?? '');
  const query: Search['query'] = {};
  const filters: Filter[] = [];
  let hasIgnored = false;
  if (text !== '') query.text = text;
  for (const name of LISTS) {
    const values = parameters.getAll(name).map(cleanValue).filter(Boolean).slice(0, MAX_VALUES);
    if (values.length > 0) query[name] = values;
    filters.push(...values.map((value) => ({ name, value })));
  }
  const readOne = <T>(name: string, parse: (value: string) => T | null): T | null => {
    const value = cleanValue(parameters.get(name) ?? '');
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
    const field = Object.hasOwn(SWITCHES, value) ? SWITCHES[value as keyof typeof SWITCHES] : null;
    if (field === null) hasIgnored = true;
    else {
      query[field] = true;
      filters.push({ name: 'is', value });
    }
  }
  const sort = SORTS.find((name) => name === parameters.get('sort')) ?? 'newest';
  query.sort = sort;
  const seed = Number(parameters.get('seed') ?? NaN);
  if (sort === 'random') query.seed = seed >= 0 && seed < 1 ? seed : 0;
  const cursor = readCursor(parameters.get('cursor'));
  return { query, cursor, text, filters, sort, isCut, hasIgnored };
}

function readText(typed: string): { text: string; isCut: boolean } {
  const line = plain(typed, { markup: 'kept' });
  const text = cut(line, MAX_TEXT_CHARACTERS);
  return { text, isCut: text !== line };
}

/** Databases refuse NUL and halves of characters. */
function cleanValue(value: string): string {
  return cut(plain(value, { markup: 'kept' }), MAX_VALUE_CHARACTERS);
}

/** Cuts a text between characters, and not within a surrogate pair. */
function cut(text: string, maxCharacters: number): string {
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

/** Returns the address of the list with this search. */
export function listPath(search: Parameters<typeof searchParameters>[0], cursor?: string): string {
  const text = searchParameters(search, cursor ?? null).toString();
  return text === '' ? '/' : `/?${text}`;
}
