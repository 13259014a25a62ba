import { sql, type Kysely } from 'kysely';
import type { ClipQuery, Neighbours } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { queryWordsOf } from '../words/words.ts';
import { allOf, filtersOf, plainTokenConditions, tokenConditions } from './conditions.ts';
import { findNames, type QueryNames } from './names.ts';
import { findByTokens, findHits, readClips, walkInOrder } from './pages.ts';
import { orderOf, reversed, type Cursor, type Order } from './sorts.ts';
import { tokenQueryOf, type TokenQuery } from './token-query.ts';
import { wordCondition } from './ts-query.ts';

/** Anything else can't be the id of a clip, and PostgreSQL refuses some texts. */
const CLIP_ID = /^\d{1,20}-\d{1,20}$/;
const MAX_NEIGHBOURS = 24;

/**
 * So many clips are read in order before all matches are looked up: a few, because most searches match most clips, and
 * then more. Of words in more than one clip of a hundred, a lookup costs more than reading a thousand clips.
 */
const MAX_READ = [50, 1000] as const;
/** Neighbours need no count. With more matches than this, a match comes soon if the clips are read in order. */
const MAX_COUNTED = 250;

interface Search {
  query: ClipQuery;
  names: QueryNames;
  tokens: TokenQuery | null;
}

/** Finds the clip before a clip and up to `limit` clips after it, at most 24, in the order of the search. */
export async function findNeighbours(
  db: Kysely<CatalogTables>,
  query: ClipQuery,
  clipId: string,
  limit: number,
): Promise<Neighbours> {
  const order = orderOf(query);
  const place = await findPlace(db, clipId, order);
  if (place === null) return { previous: null, next: [] };
  const words = queryWordsOf(query.text ?? '').map((word) => wordCondition(word));
  const names = await findNames(db, query, words);
  const search = { query, names, tokens: tokenQueryOf(query, words, names) };
  const most = Math.min(Math.max(Math.floor(limit) || 1, 1), MAX_NEIGHBOURS);
  const before = await findBeyond(db, search, reversed(order), place, 1);
  const after = await findBeyond(db, search, order, place, most);
  const clips = await readClips(db, [...before, ...after]);
  const previousId = before[0]?.id ?? null;
  return {
    previous: clips.find(({ id }) => id === previousId) ?? null,
    next: clips.filter(({ id }) => id !== previousId),
  };
}

async function findPlace(
  db: Kysely<CatalogTables>,
  clipId: string,
  order: Order,
): Promise<Cursor | null> {
  if (!CLIP_ID.test(clipId)) return null;
  const { rows } = await sql<Cursor>`
    select c.id, ${order.column} as value from clips c where c.id = ${clipId}`.execute(db);
  return rows[0] ?? null;
}

/** Finds up to `limit` clips that follow the place in the order. */
async function findBeyond(
  db: Kysely<CatalogTables>,
  { query, names, tokens }: Search,
  order: Order,
  after: Cursor,
  limit: number,
): Promise<Cursor[]> {
  const page = { after, limit, maxCount: MAX_COUNTED };
  if (tokens !== null && tokens.indexed !== '' && order.columnName === 'posted_at_ms') {
    const beyond = { ...query, ...timesBeyond(query, order, after.value) };
    return (await findByTokens(db, tokens, beyond, names, order, page)).places;
  }
  const filters = filtersOf(query, names);
  const plain = allOf([...filters, ...plainTokenConditions(tokens)]);
  for (const maxRead of MAX_READ) {
    const walk = await walkInOrder(db, plain, order, { ...page, maxRead });
    if (walk.isEnough) return walk.places;
  }
  const where = allOf([...filters, ...tokenConditions(tokens)]);
  return (await findHits(db, where, order, page)).places;
}

/** Leaves out the times on the other side of the place. Otherwise all segments of time up to the place are read. */
function timesBeyond(
  { beforeMs = Infinity, afterMs = -Infinity }: ClipQuery,
  { isDescending }: Order,
  value: number,
): Pick<ClipQuery, 'beforeMs' | 'afterMs'> {
  if (!Number.isSafeInteger(Math.floor(value))) return {};
  // `beforeMs` is exclusive, and other clips may have the same time.
  return isDescending
    ? { beforeMs: Math.min(beforeMs, Math.floor(value) + 1) }
    : { afterMs: Math.max(afterMs, value) };
}
