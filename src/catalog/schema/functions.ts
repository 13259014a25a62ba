import { sql, type RawBuilder } from 'kysely';
import { CLIP_COLUMNS, CLIP_JOINS } from '../read/clip-row.ts';

// Functions in PL/pgSQL keep the plans of their statements for the whole connection. Without them, planning takes a third
// of the time of a search, because PGlite's socket knows no named statements.

/**
 * The plans must not depend on the first values, nor on a table that was empty when the plan was made. So the planner
 * reads tables by their indexes.
 */
const PLANS = sql`set plan_cache_mode = force_generic_plan set enable_seqscan = off`;

/**
 * How many clips a search reads in the page's order before it sorts all matches instead. A word in more than 1 % of
 * 100,000 clips fills a page of 24 from about 2,400 clips.
 */
const MAX_WALK = 3000;

/** The orders with a function, each with its column and its direction. */
const ORDERS = [
  ['newest', 'posted_at_ms', 'desc', '<'],
  ['oldest', 'posted_at_ms', 'asc', '>'],
  ['longest', 'seconds', 'desc', '<'],
] as const;

/** Returns the statements that create the functions of searches. */
export function createFunctions(): RawBuilder<unknown>[] {
  return [readClips(), findNames(), ...ORDERS.map((order) => search(order))];
}

/** Creates the function that returns what pages show of clips, in any order. */
function readClips(): RawBuilder<unknown> {
  return sql`create function read_clips(ids text[]) returns table (
      id text, channel_id text, guild_id text, status text, url text, expires_at_ms float8, issued_at_ms float8,
      extension text, is_public boolean, poster_key text, username text, posted_at_ms float8, seconds float8,
      is_spoiler boolean, is_nsfw boolean, game text, details json, poster_username text, display_name text,
      avatar_key text, avatar_version text, channel_name text, guild_name text, parent_id text, parent_name text,
      channel_is_nsfw boolean)
    language plpgsql stable ${PLANS} as $$
      #variable_conflict use_column
      begin
        return query select ${CLIP_COLUMNS} from clips c ${CLIP_JOINS} where c.id = any(ids);
      end
    $$`;
}

/** Creates the function that looks up the channels and posters that the words and filters of a query mean. */
function findNames(): RawBuilder<unknown> {
  return sql`create function find_names(
      queries tsquery[], from_keys text[], from_ids text[], in_keys text[], in_ids text[], lists_public boolean)
    returns table (kind text, at integer, id text)
    language plpgsql stable ${PLANS} as $$
      #variable_conflict use_column
      begin
        for n in 1 .. coalesce(array_length(queries, 1), 0) loop
          return query select 'channel', n - 1, c.id from channels c where c.words @@ queries[n];
          return query select 'poster', n - 1, p.id from posters p where p.words @@ queries[n];
        end loop;
        if from_keys is not null then
          return query select 'from', 0, p.id from posters p where p.name_keys && from_keys;
          return query select 'from', 0, p.id from posters p where split_part(p.id, '-', 1) = any(from_ids);
        end if;
        if in_keys is not null then
          return query select 'in', 0, c.id from channels c
            where c.name_key = any(in_keys) or c.parent_key = any(in_keys) or c.parent_id = any(in_ids);
        end if;
        if lists_public then
          return query select 'audience', 0, c.id from channels c where c.is_public;
        end if;
      end
    $$`;
}

/**
 * Creates the function of one order. It counts the clips that match, at most max_count, and returns those after the given
 * place, at most `most`. Without a clip, it returns one row with the count.
 *
 * The text index finds the matches of `indexed` in no order. If there are fewer than max_count, the page is taken from
 * them. If there are more, the clips are read in the order until the page is full. A word whose clips are far from the
 * start of the order would make this read all clips, so after MAX_WALK clips all matches are sorted instead.
 */
function search([
  name,
  column,
  direction,
  comparison,
]: (typeof ORDERS)[number]): RawBuilder<unknown> {
  const value = sql.ref(`c.${column}`);
  const by = sql.raw(direction);
  const where = sql`c.status <> 'purged' and (with_deleted or c.status <> 'deleted')
    and c.posted_at_ms + 0 >= from_ms and c.posted_at_ms + 0 < to_ms
    and c.seconds + 0 >= min_seconds and c.seconds + 0 <= max_seconds
    and (channels is null or c.channel_id || '' = any(channels))
    and (other is null or (c.words @@ other) is true)`;
  const rest = (columns: RawBuilder<unknown>) =>
    sql`(after_id is null or ${columns} ${sql.raw(comparison)} (after_value, after_id))`;
  return sql`create function ${sql.ref(`search_${name}`)}(
      indexed tsquery, other tsquery, with_deleted boolean, channels text[], from_ms float8, to_ms float8,
      min_seconds float8, max_seconds float8, after_value float8, after_id text, most integer, max_count integer)
    returns table (count integer, value float8, id text)
    language plpgsql stable ${PLANS} as $$
      #variable_conflict use_column
      declare
        hit record;
        place record;
        found_hits integer := 0;
        start_value float8 := coalesce(after_value, ${sql.raw(direction === 'desc' ? `'infinity'` : `'-infinity'`)});
        start_id text := coalesce(after_id, '');
      begin
        for hit in
          with hits as materialized (
            select c.id, ${value} as value from clips c where c.words @@ indexed and ${where} limit max_count),
          counted as (select count(*)::integer as count from hits),
          page as (
            select h.value, h.id from hits h
            where (select k.count from counted k) < max_count and ${rest(sql`(h.value, h.id)`)}
            order by h.value ${by}, h.id ${by} limit most)
          select k.count, p.value, p.id from counted k left join page p on true
          order by p.value ${by}, p.id ${by}
        loop
          exit when hit.count >= max_count;
          return query select hit.count, hit.value, hit.id;
        end loop;
        if hit.count < max_count then return; end if;
        for place in
          select w.value, w.id from (
            select c.id, ${value} as value, (c.words @@ indexed) is true and ${where} as fits from clips c
            where (${value}, c.id) ${sql.raw(comparison)} (start_value, start_id)
            order by ${value} ${by}, c.id ${by} limit ${sql.lit(MAX_WALK)}) w
          where w.fits limit most
        loop
          found_hits := found_hits + 1;
          return query select hit.count, place.value, place.id;
        end loop;
        if found_hits = most then return; end if;
        return query
          with hits as materialized (
            select c.id, ${value} as value from clips c
            where c.words @@ indexed and ${where} and ${rest(sql`(${value}, c.id)`)})
          select hit.count, h.value, h.id from hits h
          order by h.value ${by}, h.id ${by} limit most - found_hits offset found_hits;
      end
    $$`;
}
