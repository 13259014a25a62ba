import { sql, type RawBuilder } from 'kysely';

/**
 * Creates the function that returns the ids of live clips after an id. If `channels` is not null, only clips of these
 * channels are listed.
 *
 * PGlite never analyzes its tables, so the planner expects few clips after an id. Without these settings, PostgreSQL
 * sorts all of them for each page, so a list of all clips takes time in proportion to the square of their number.
 */
export function createLiveIds(): RawBuilder<unknown> {
  return sql`create function live_ids(after_id text, channels text[], most integer) returns table (id text)
    language sql stable
    set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
      select c.id from clips c
      where c.id > after_id and c.status = 'live' and (channels is null or c.channel_id = any(channels))
      order by c.id limit most
    $$`;
}
