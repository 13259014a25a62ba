import type { Kysely } from 'kysely';
import type { CatalogClip, ClipPage, ClipQuery } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { maxTypos } from '../words/typos.ts';
import { queryWordsOf } from '../words/words.ts';
import { allOf, filtersOf, tokenConditions } from './conditions.ts';
import type { Meanings } from './meanings.ts';
import { findNames } from './names.ts';
import { findByTokens, findHits, findInOrder, readClips } from './pages.ts';
import { orderOf, readCursor, writeCursor, type Order } from './sorts.ts';
import { tokenQueryOf, type TokenQuery } from './token-query.ts';
import { wordCondition } from './ts-query.ts';

const MAX_PAGE = 240;

/**
 * Searches for clips. A text without any word, such as "!", does not filter. An invalid cursor shows the first page.
 * `limit` is at most 240.
 */
export async function searchClips(
  db: Kysely<CatalogTables>,
  meanings: Meanings,
  query: ClipQuery,
  page: { after?: string; limit: number },
): Promise<ClipPage> {
  const order = orderOf(query);
  const after = readCursor(order, page.after);
  const limit = Math.min(Math.max(Math.floor(page.limit) || 1, 1), MAX_PAGE);
  const texts = queryWordsOf(query.text ?? '');
  const words = texts.map((word) => wordCondition(word));
  const names = await findNames(db, query, words);
  const hits = { after, limit: limit + 1 };
  const tokens = tokenQueryOf(query, words, names);
  const { places, count } = canUseIndex(tokens, order)
    ? await findByTokens(db, tokens, query, names, order, hits)
    : await findHits(
        db,
        allOf([...filtersOf(query, names), ...tokenConditions(tokens)]),
        order,
        hits,
      );
  const shown = places.slice(0, limit);
  const last = shown.at(-1);
  return {
    clips: await readClips(db, shown),
    next: places.length > limit && last !== undefined ? writeCursor(order, last) : null,
    count,
    closeMatches:
      after === null && count < MIN_EXACT_HITS
        ? await findCloseMatches(db, meanings, query, texts, order)
        : [],
  };
}

/** The functions of the text index know no shuffled order. */
function canUseIndex(tokens: TokenQuery | null, order: Order): tokens is TokenQuery {
  return tokens !== null && tokens.indexed !== '' && order.sort !== 'random';
}

/** With fewer exact hits on the first page, close matches are shown too. */
const MIN_EXACT_HITS = 8;
const MAX_CLOSE_MATCHES = 12;
/** Close matches are not counted. With more matches than this, a match comes soon if the clips are read in order. */
const MAX_COUNTED = 250;

/** Returns clips that match if some words are read as typing errors. Exact hits are not among them. */
async function findCloseMatches(
  db: Kysely<CatalogTables>,
  dictionary: Meanings,
  query: ClipQuery,
  texts: readonly string[],
  order: Order,
): Promise<CatalogClip[]> {
  const typed = texts.filter((text) => maxTypos(text) > 0);
  if (typed.length === 0) return [];
  const meanings = await dictionary.find(db, typed);
  if ([...meanings.values()].every((words) => words.length === 0)) return [];
  const exact = texts.map((text) => wordCondition(text));
  const close = texts.map((text) => wordCondition(text, meanings.get(text)));
  const names = await findNames(db, query, [...exact, ...close]);
  const exactNames = { ...names, words: names.words.slice(0, exact.length) };
  const closeNames = { ...names, words: names.words.slice(exact.length) };
  const page = { after: null, limit: MAX_CLOSE_MATCHES, maxCount: MAX_COUNTED };
  const excluded = { words: exact, names: exactNames };
  const tokens = tokenQueryOf(query, close, closeNames, excluded);
  if (canUseIndex(tokens, order)) {
    const { places } = await findByTokens(db, tokens, query, names, order, page);
    return await readClips(db, places);
  }
  const where = allOf([...filtersOf(query, names), ...tokenConditions(tokens)]);
  return await readClips(db, await findInOrder(db, where, order, page));
}
