import { sql, type RawBuilder } from 'kysely';
import { SORTS, type ClipQuery, type Sort } from '../catalog.ts';
import type { ClipsTable } from '../schema/tables.ts';

/** The last clip of a page. The next page begins after this clip. */
export interface Cursor {
  value: number;
  id: string;
}

/** The order of a list of clips: by a column, then by id. */
export interface Order {
  sort: Sort;
  column: RawBuilder<unknown>;
  columnName: keyof ClipsTable & ('posted_at_ms' | 'seconds' | 'random');
  isDescending: boolean;
  /** The order `random` begins at this number and wraps around; 0 for other orders. */
  seed: number;
}

const COLUMNS: Readonly<Record<Sort, [Order['columnName'], 'asc' | 'desc']>> = {
  newest: ['posted_at_ms', 'desc'],
  oldest: ['posted_at_ms', 'asc'],
  longest: ['seconds', 'desc'],
  random: ['random', 'asc'],
};

export function orderOf(query: Pick<ClipQuery, 'sort' | 'seed'>): Order {
  const sort = SORTS.find((known) => known === query.sort) ?? 'newest';
  const [columnName, direction] = COLUMNS[sort];
  const { seed = 0 } = query;
  return {
    sort,
    columnName,
    column: sql.ref(`c.${columnName}`),
    isDescending: direction === 'desc',
    seed: sort === 'random' && seed > 0 && seed < 1 ? seed : 0,
  };
}

/** Returns the order of the same list from its end to its start. No cursor is written for such an order. */
export function reversed(order: Order): Order {
  if (order.sort === 'newest') return orderOf({ sort: 'oldest' });
  if (order.sort === 'oldest') return orderOf({ sort: 'newest' });
  return { ...order, isDescending: !order.isDescending };
}

/** Returns the opaque cursor of the page after `last`. */
export function writeCursor(order: Order, last: Cursor): string {
  return Buffer.from(JSON.stringify([order.sort, last.value, last.id])).toString('base64url');
}

const MAX_CURSOR_LENGTH = 200;

/** Returns null if the cursor is damaged, forged, or from a list in another order. Then the first page is shown. */
export function readCursor(order: Order, text: string | undefined): Cursor | null {
  if (text === undefined || text.length > MAX_CURSOR_LENGTH) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return null;
  const [sort, value, id] = parsed as unknown[];
  if (sort !== order.sort || typeof value !== 'number' || !Number.isFinite(value)) return null;
  return typeof id === 'string' && /^\d{1,20}-\d{1,20}$/.test(id) ? { value, id } : null;
}
