import { sql, type Kysely } from 'kysely';
import type { CatalogClip, DaysQuery } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { allOf, filtersOf } from './conditions.ts';
import { findNames } from './names.ts';
import { readClips } from './pages.ts';

/**
 * Returns the longest clips of each day, in the order of the days. The index of times finds the clips of a day, so the
 * query reads no more clips than were posted on these days. Without `offset 0`, PostgreSQL would read the index of
 * lengths for each day until it came upon clips of that day.
 */
export async function findOnDays(
  db: Kysely<CatalogTables>,
  { audience, showDeleted = false, days, perDay }: DaysQuery,
): Promise<CatalogClip[]> {
  if (days.length === 0) return [];
  const query = { audience, showDeleted, isSpoiler: false };
  const where = allOf([...filtersOf(query, await findNames(db, query, [])), sql`not c.is_nsfw`]);
  const ranges = JSON.stringify(
    days.map(({ fromMs, toMs }, at) => ({ at, from_ms: fromMs, to_ms: toMs })),
  );
  const { rows } = await sql<{ id: string }>`
    select clip.id
    from json_to_recordset(${ranges}::json) as day(at integer, from_ms float8, to_ms float8)
    cross join lateral (
      select id, seconds from (
        select c.id, c.seconds from clips c
        where c.posted_at_ms >= day.from_ms and c.posted_at_ms < day.to_ms and ${where} offset 0) of_day
      order by seconds desc, id limit ${perDay}) clip
    order by day.at, clip.seconds desc, clip.id`.execute(db);
  return await readClips(
    db,
    rows.map(({ id }) => ({ id, value: 0 })),
  );
}
