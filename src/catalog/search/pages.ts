import { sql, type Kysely, type RawBuilder } from 'kysely';
import { MAX_COUNT } from '../catalog.ts';
import { CLIP_COLUMNS, CLIP_JOINS, type ClipColumns } from '../read/clip-row.ts';
import type { CatalogTables } from '../schema/tables.ts';
import type { Condition } from './conditions.ts';
import type { Cursor, Order } from './sorts.ts';

/** A clip with its place in the order. */
type PageRow = ClipColumns & { sort_key: number };

export interface RowsPage {
  rows: PageRow[];
  /** At most MAX_COUNT. */
  count: number;
}

/**
 * Returns up to `limit` clips after the cursor, and the number of all clips that match.
 *
 * The matches are counted without an order first, which stops at MAX_COUNT. If there are fewer matches, the page is taken
 * from them. Only if there are more is the order's index read, and then the index comes upon a match soon. So a rare word
 * never makes PostgreSQL read the whole index of the order.
 */
export async function readPage(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  page: { after: Cursor | null; limit: number },
): Promise<RowsPage> {
  const hits = await readCountedPage(db, where, order, page);
  if (hits.count < MAX_COUNT) return hits;
  return { rows: await readOrderedPage(db, where, order, page), count: hits.count };
}

async function readCountedPage(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<RowsPage> {
  const direction = order.isDescending ? sql`desc` : sql`asc`;
  const comparison = order.isDescending ? sql`<` : sql`>`;
  const rest =
    after === null
      ? sql`true`
      : sql`(is_wrapped, sort_key, id) ${comparison}
          (${isWrapped(after.value, order)}, ${after.value}::float8, ${after.id})`;
  const { rows } = await sql<{ count: number } & (PageRow | { id: null })>`
    with hits as materialized (
      select c.id, ${order.column} as sort_key, ${order.column} < ${order.seed} and ${isRandom(order)} as is_wrapped
      from clips c where ${where} limit ${MAX_COUNT}),
    counted as (select count(*)::integer as count from hits),
    page as (
      select * from hits where (select count from counted) < ${MAX_COUNT} and ${rest}
      order by is_wrapped, sort_key ${direction}, id ${direction} limit ${limit})
    select counted.count, h.sort_key, ${CLIP_COLUMNS}
    from counted left join page h on true left join clips c on c.id = h.id ${CLIP_JOINS}
    order by h.is_wrapped, h.sort_key ${direction}, h.id ${direction}`.execute(db);
  return {
    rows: rows.filter((row): row is { count: number } & PageRow => row.id !== null),
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

async function readOrderedPage(
  db: Kysely<CatalogTables>,
  where: Condition,
  order: Order,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<PageRow[]> {
  const comparison = order.isDescending ? sql`<` : sql`>`;
  const rest =
    after === null
      ? sql`true`
      : sql`(${order.column}, c.id) ${comparison} (${after.value}::float8, ${after.id})`;
  if (order.seed === 0) return await readInOrder(db, sql`${where} and ${rest}`, order, limit);
  const second = sql`${order.column} < ${order.seed}`;
  if (after !== null && isWrapped(after.value, order)) {
    return await readInOrder(db, sql`${where} and ${second} and ${rest}`, order, limit);
  }
  const first = sql`${order.column} >= ${order.seed}`;
  const rows = await readInOrder(db, sql`${where} and ${first} and ${rest}`, order, limit);
  if (rows.length >= limit) return rows;
  const more = await readInOrder(db, sql`${where} and ${second}`, order, limit - rows.length);
  return [...rows, ...more];
}

/** Reads clips in the order of the index. */
export async function readInOrder(
  db: Kysely<CatalogTables>,
  where: RawBuilder<unknown>,
  order: Order,
  limit: number,
): Promise<PageRow[]> {
  const direction = order.isDescending ? sql`desc` : sql`asc`;
  const { rows } = await sql<PageRow>`
    select h.sort_key, ${CLIP_COLUMNS} from (
      select c.id, ${order.column} as sort_key from clips c where ${where}
      order by ${order.column} ${direction}, c.id ${direction} limit ${limit}) h
    join clips c on c.id = h.id ${CLIP_JOINS}
    order by h.sort_key ${direction}, h.id ${direction}`.execute(db);
  return rows;
}
