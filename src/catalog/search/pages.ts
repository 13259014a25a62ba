import { sql, type Kysely } from 'kysely';
import { MAX_COUNT, type CatalogClip, type ClipQuery } from '../catalog.ts';
import { clipOf, type ClipColumns } from '../read/clip-row.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { rangesOf, type Condition } from './conditions.ts';
import type { QueryNames } from './names.ts';
import type { Cursor, Order } from './sorts.ts';
import type { TokenQuery } from './token-query.ts';

export interface Hits {
  /** The clips of the page, in order. */
  places: Cursor[];
  /** The number of all clips that match, at most MAX_COUNT. */
  count: number;
}

/** Where a page begins and how many clips it has. */
export interface PageRange {
  /** The page begins after this clip; null for the first page. */
  after: Cursor | null;
  limit: number;
  /** Matches are counted up to this number. MAX_COUNT if absent. */
  maxCount?: number;
}

/**
 * Finds up to `limit` clips after the cursor, and counts all clips that match.
 *
 * The matches are counted without an order first, which stops at `maxCount`. If there are fewer matches, the page is taken
 * from them. Only if there are more is the order's index read, and then the index comes upon a match soon. So a rare word
 * never makes PostgreSQL read the whole index of the order.
 */
export async function findHits(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  page: PageRange,
): Promise<Hits> {
  const { maxCount = MAX_COUNT } = page;
  const hits = await countHits(db, where, order, { ...page, maxCount });
  if (hits.count < maxCount) return hits;
  return { places: await findInOrder(db, where, order, page), count: hits.count };
}

/**
 * Does the same as `findHits` by the text index, in one statement whose plan is kept. Not for the order `random`.
 */
export async function findByTokens(
  db: Kysely<CatalogTables>,
  { indexed, pattern, other }: TokenQuery,
  query: ClipQuery,
  names: QueryNames,
  order: Order,
  { after, limit, maxCount = MAX_COUNT }: PageRange,
): Promise<Hits> {
  const ranges = rangesOf(query);
  const { rows } = await sql<{ count: number | null; value: number; id: string | null }>`
    select count, value, id from ${sql.raw(`search_${order.sort}`)}(${pattern}, ${indexed}::tsquery, ${other}::tsquery,
      ${query.showDeleted === true}, ${names.audience}::text[], ${ranges.fromMs}::float8, ${ranges.toMs}::float8,
      ${ranges.minSeconds}::float8, ${ranges.maxSeconds}::float8, ${after?.value ?? null}::float8, ${after?.id ?? null},
      ${limit}::integer, ${maxCount}::integer)`.execute(db);
  return {
    places: rows.flatMap(({ value, id }) => (id === null ? [] : { value, id })),
    count: rows.find(({ count }) => count !== null)?.count ?? 0,
  };
}

async function countHits(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  { after, limit, maxCount }: Required<PageRange>,
): Promise<Hits> {
  const direction = order.isDescending ? sql`desc` : sql`asc`;
  const comparison = order.isDescending ? sql`<` : sql`>`;
  const rest =
    after === null
      ? sql`true`
      : sql`(is_wrapped, value, id) ${comparison}
          (${isWrapped(after.value, order)}, ${after.value}::float8, ${after.id})`;
  const { rows } = await sql<{ count: number; value: number; id: string | null }>`
    with hits as materialized (
      select c.id, ${order.column} as value, ${order.column} < ${order.seed} and ${isRandom(order)} as is_wrapped
      from clips c where ${where} limit ${maxCount}),
    counted as (select count(*)::integer as count from hits),
    page as (
      select * from hits where (select count from counted) < ${maxCount} and ${rest}
      order by is_wrapped ${direction}, value ${direction}, id ${direction} limit ${limit})
    select counted.count, page.value, page.id from counted left join page on true
    order by is_wrapped ${direction}, value ${direction}, id ${direction}`.execute(db);
  return {
    places: rows.flatMap(({ value, id }) => (id === null ? [] : { value, id })),
    count: rows[0]?.count ?? 0,
  };
}

function isRandom(order: Order): boolean {
  return order.sort === 'random';
}

/** True if the order `random` has passed its end and begun again. */
function isWrapped(value: number, order: Order): boolean {
  return isRandom(order) && value < order.seed;
}

/** Finds clips by the index of the order. */
export async function findInOrder(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  { after, limit }: PageRange,
): Promise<Cursor[]> {
  const places: Cursor[] = [];
  for (const range of rangesAfter(after, order)) {
    if (places.length >= limit) break;
    const left = limit - places.length;
    places.push(...(await readIndex(db, sql`${where} and ${range}`, order, left)));
  }
  return places;
}

/** Returns the ranges of the order's column that follow the cursor. Each range is in order within itself. */
function rangesAfter(after: Cursor | null, order: Order): Condition[] {
  const comparison = order.isDescending ? sql`<` : sql`>`;
  const rest =
    after === null
      ? sql`true`
      : sql`(${order.column}, c.id) ${comparison} (${after.value}::float8, ${after.id})`;
  if (order.seed === 0) return [rest];
  // The order `random` has two parts. Its reverse has the same parts the other way round.
  const parts = [sql`${order.column} >= ${order.seed}`, sql`${order.column} < ${order.seed}`];
  if (order.isDescending) parts.reverse();
  const [first = rest, second = rest] = parts;
  const isInSecond = after !== null && isWrapped(after.value, order) !== order.isDescending;
  return isInSecond ? [sql`${second} and ${rest}`] : [sql`${first} and ${rest}`, second];
}

/**
 * Reads the next clips in the order, at most `maxRead`, and returns up to `limit` of them that match. `isEnough` is false
 * if more clips would have to be read.
 */
export async function walkInOrder(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  { after, limit, maxRead }: PageRange & { maxRead: number },
): Promise<{ places: Cursor[]; isEnough: boolean }> {
  const direction = order.isDescending ? sql`desc` : sql`asc`;
  const places: Cursor[] = [];
  let left = maxRead;
  for (const range of rangesAfter(after, order)) {
    const { rows } = await sql<{ read: number; id: string | null; value: number }>`
      with walked as materialized (
        select c.id, ${order.column} as value, ${where} as fits from clips c where ${range}
        order by ${order.column} ${direction}, c.id ${direction} limit ${left}),
      found as (
        select w.id, w.value from walked w where w.fits
        order by w.value ${direction}, w.id ${direction} limit ${limit - places.length})
      select (select count(*) from walked)::integer as read, f.id, f.value
      from (select) one left join found f on true
      order by f.value ${direction}, f.id ${direction}`.execute(db);
    places.push(...rows.flatMap(({ id, value }) => (id === null ? [] : { id, value })));
    if (places.length >= limit) return { places, isEnough: true };
    left -= rows[0]?.read ?? 0;
    if (left <= 0) return { places, isEnough: false };
  }
  return { places, isEnough: true };
}

async function readIndex(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  limit: number,
): Promise<Cursor[]> {
  const direction = order.isDescending ? sql`desc` : sql`asc`;
  const { rows } = await sql<Cursor>`
    select c.id, ${order.column} as value from clips c where ${where}
    order by ${order.column} ${direction}, c.id ${direction} limit ${limit}`.execute(db);
  return rows;
}

/** Reads clips in the order of `places`. A clip that was removed meanwhile is left out. */
export async function readClips(
  db: Kysely<CatalogTables>,
  places: readonly Cursor[],
): Promise<CatalogClip[]> {
  if (places.length === 0) return [];
  const ids = places.map(({ id }) => id);
  const { rows } = await sql<ClipColumns>`
    select * from read_clips(${ids}::text[])`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : clipOf(row);
  });
}
