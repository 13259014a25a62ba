import type { ClipQuery } from '../catalog.ts';
import { nameKeyOf } from '../words/words.ts';
import { valuesOf, type NamedIds, type QueryNames } from './names.ts';
import {
  phraseConditions,
  quote,
  SEGMENT_MARK,
  withoutConditions,
  type WordCondition,
} from './ts-query.ts';

/** A search as queries of the text index, in PostgreSQL's syntax for tsquery. All of them must hold. */
export interface TokenQuery {
  /** What the index finds, without segments of time. Empty if the index helps nothing. */
  indexed: string;
  /** The same with SEGMENT_MARK at the beginning of each token, because the index has a segment there. */
  pattern: string;
  /** What is checked for each clip that the index finds; null if nothing is. */
  other: string | null;
}

export { SEGMENT_MARK };

/** `clip_tokens` (src/catalog/schema/migrations.ts) cuts tokens to the same number of characters. */
export const MAX_TOKEN_LENGTH = 500;

/** The index would read all clips of each word, and more words rarely leave fewer clips to look at. */
const MAX_INDEXED_WORDS = 3;

/** The index finds the clips of up to this many channels quickly. Of more channels, most clips match. */
const MAX_INDEXED_CHANNELS = 5;

/**
 * Returns the search as tokens. `excluded` are words of which at least one must not match. Returns null if
 * the search has neither words nor names. The phrases come from the query itself.
 */
export function tokenQueryOf(
  query: ClipQuery,
  words: readonly WordCondition[],
  names: QueryNames,
  excluded: { words: readonly WordCondition[]; names: QueryNames } | null = null,
): TokenQuery | null {
  const filters = filterQueries(query, names);
  const phrases = phraseConditions(query.exact);
  // Longer words are in fewer clips.
  const phraseWords = [...new Set(phrases.flatMap((phrase) => phrase.words))].sort(byLength);
  const long = words.filter(({ isShort }) => !isShort);
  // Very many clips have a short word, so the index helps only if there is nothing else.
  const hasBetter = long.length > 0 || filters.length > 0 || phraseWords.length > 0;
  const indexedWords = (hasBetter ? long : words)
    .toSorted((a, b) => byLength(a.tsQuery, b.tsQuery))
    .slice(0, Math.max(MAX_INDEXED_WORDS - phraseWords.length, 0));
  const texts = words.map((word, at) => ({ word, text: wordQuery(word, names.words[at]) }));
  const isIndexed = ({ word }: { word: WordCondition }) => indexedWords.includes(word);
  const indexed = [
    ...filters,
    ...phraseWords.slice(0, MAX_INDEXED_WORDS),
    ...texts.filter(isIndexed).map(({ text }) => text),
  ];
  const without = withoutQueries(query, names);
  if (indexed.length === 0 && without.length === 0) return null;
  const other = [
    ...phrases.map(({ tsQuery }) => tsQuery),
    ...without.map((tsQuery) => `!${tsQuery}`),
    ...texts.filter((text) => !isIndexed(text)).map(({ text }) => text),
    ...flagsOf(query, false).map((token) => `!${token}`),
    ...(excluded === null ? [] : [`!${textQuery(excluded.words, excluded.names)}`]),
  ];
  const plain = join(indexed, '&');
  return {
    indexed: plain,
    pattern: markTokens(plain),
    other: other.length === 0 ? null : join(other, '&'),
  };
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

/** Returns what a clip must not match. */
function withoutQueries({ without }: ClipQuery, names: QueryNames): string[] {
  const { words, phrases } = withoutConditions(without);
  return [
    ...words.map((word, at) => wordQuery(word, names.without[at])),
    ...phrases.map(({ tsQuery }) => tsQuery),
  ];
}

/** Puts SEGMENT_MARK at the beginning of each quoted token. In a token, quotes and backslashes are doubled. */
function markTokens(tsQuery: string): string {
  return tsQuery.replace(/'((?:[^'\\]|''|\\\\)*)'/g, `'${SEGMENT_MARK}$1'`);
}

function filterQueries(query: ClipQuery, names: QueryNames): string[] {
  const people = valuesOf(query.with)?.flatMap((name) => [name, nameKeyOf(name)]);
  const channels = names.audience ?? [];
  return [
    ...anyOf('#c', channels.length <= MAX_INDEXED_CHANNELS ? names.audience : null),
    ...anyOf('#c', names.in),
    ...anyOf('#p', names.from),
    ...anyOf('#w', people ?? null),
    ...anyOf('#g', valuesOf(query.game)?.map(nameKeyOf) ?? null),
    ...flagsOf(query, true),
  ];
}

/** Returns a condition that a clip has one of the values; no condition if `values` is null. */
function anyOf(kind: string, values: readonly string[] | null): string[] {
  if (values === null) return [];
  // No clip has a kind without a value, except for a person without a name, whom nobody can search.
  const tokens =
    values.length === 0 ? [quote(`${kind}-`)] : [...new Set(values)].map(tokenOf(kind));
  return [join(tokens, '|')];
}

function flagsOf(query: ClipQuery, value: boolean): string[] {
  const flags: [string, boolean | undefined][] = [
    ['#v', query.isVertical],
    ['#s', query.isSilent],
    ['#x', query.isSpoiler],
  ];
  return flags.filter(([, wanted]) => wanted === value).map(([token]) => quote(token));
}

function tokenOf(kind: string): (value: string) => string {
  return (value) => quote(Array.from(`${kind}${value}`).slice(0, MAX_TOKEN_LENGTH).join(''));
}

function textQuery(words: readonly WordCondition[], names: QueryNames): string {
  return join(
    words.map((word, at) => wordQuery(word, names.words[at])),
    '&',
  );
}

/** The condition that a word fits a token of the clip, or a name of the clip's channel or poster. */
function wordQuery({ tsQuery }: WordCondition, names: NamedIds | undefined): string {
  const { channels = [], posters = [] } = names ?? {};
  return join([tsQuery, ...channels.map(tokenOf('#c')), ...posters.map(tokenOf('#p'))], '|');
}

/** Joins conditions as a balanced tree, because the stack of PGlite is small and PostgreSQL walks the tree recursively. */
function join(conditions: readonly string[], operator: '&' | '|'): string {
  const [first = ''] = conditions;
  if (conditions.length <= 1) return first;
  const half = Math.ceil(conditions.length / 2);
  return `(${join(conditions.slice(0, half), operator)}${operator}${join(conditions.slice(half), operator)})`;
}
