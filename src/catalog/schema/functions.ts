import { sql, type RawBuilder } from 'kysely';
import { SEGMENT_MARK } from '../search/token-query.ts';
import { CLIP_COLUMNS, CLIP_JOINS } from '../read/clip-row.ts';
import { createSegmentQueries } from './segments.ts';

// Functions in PL/pgSQL keep the plans of their statements for the whole connection. Without them, planning takes a third
// of the time of a search, because PGlite's socket knows no named statements.

/**
 * The plans must not depend on the first values, nor on a table that was empty when the plan was made. So the planner
 * reads tables by their indexes.
 */
const PLANS = sql`set plan_cache_mode = force_generic_plan set enable_seqscan = off`;

/**
 * How many clips a search reads in the page's order before it sorts all matches instead. Of 100,000 clips, a segment of
 * time has about 6,000. So 1,001 matches of a segment are in every sixth clip.
 */
const MAX_WALK = 1000;
/** The same for the longest clips. A word in more than 1 % of the clips fills a page of 24 from about 2,400 clips. */
const MAX_LENGTH_WALK = 3000;

/** Returns the statements that create the functions of searches. */
export function createFunctions(): RawBuilder<unknown>[] {
  return [
    readClips(),
    findNames(),
    ...createSegmentQueries(),
    searchByTime('newest'),
    searchByTime('oldest'),
    searchByLength(),
  ];
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

const PARAMETERS = sql`pattern text, plain tsquery, other tsquery, with_deleted boolean, channels text[], from_ms float8,
  to_ms float8, min_seconds float8, max_seconds float8, after_value float8, after_id text, most integer,
  max_count integer`;

const WHERE = sql`c.status <> 'purged' and (with_deleted or c.status <> 'deleted')
  and c.posted_at_ms + 0 >= from_ms and c.posted_at_ms + 0 < to_ms
  and c.seconds + 0 >= min_seconds and c.seconds + 0 <= max_seconds
  and (channels is null or c.channel_id || '' = any(channels))
  and (other is null or (c.words @@ other) is true)`;

const INDEXED = sql`segment_words(c.words, c.posted_at_ms) @@ query`;

/**
 * Creates the function that finds clips in the order of time. It returns a row per clip of the page, and at last a row with
 * the count.
 *
 * The text index is asked for one segment of time after the other, until the page is full and the count is known. So a
 * frequent word has its page and its 1,001 matches from the first segments. If a segment has very
 * many matches, its clips are read in order until the page is full.
 */
function searchByTime(name: 'newest' | 'oldest'): RawBuilder<unknown> {
  const isDescending = name === 'newest';
  const by = sql.raw(isDescending ? 'desc' : 'asc');
  const beyond = sql.raw(isDescending ? '<' : '>');
  const rest = (columns: RawBuilder<unknown>) => sql`${columns} ${beyond} (start_value, start_id)`;
  return sql`create function ${sql.raw(`search_${name}`)}(${PARAMETERS})
    returns table (count integer, value float8, id text)
    language plpgsql stable ${PLANS} as $$
      #variable_conflict use_column
      declare
        lowest integer;
        highest integer;
        at integer;
        query tsquery;
        hit record;
        here integer;
        total integer := 0;
        shown integer := 0;
        walked integer;
        start_value float8 := coalesce(after_value, ${sql.raw(isDescending ? `'infinity'` : `'-infinity'`)});
        start_id text := coalesce(after_id, '');
      begin
        select segment_of(greatest(min(c.posted_at_ms), from_ms)), segment_of(least(max(c.posted_at_ms), to_ms))
          into lowest, highest from clips c;
        at := ${sql.raw(isDescending ? 'highest' : 'lowest')};
        while at between lowest and highest and (total < max_count or shown < most) loop
          query := replace(pattern, ${sql.lit(SEGMENT_MARK)}, chr(at))::tsquery;
          here := 0;
          for hit in
            with hits as materialized (
              select c.id, c.posted_at_ms as value from clips c where ${INDEXED} and ${WHERE} limit max_count),
            counted as (select count(*)::integer as count from hits),
            page as (
              select h.value, h.id from hits h
              where (select k.count from counted k) < max_count and ${rest(sql`(h.value, h.id)`)}
              order by h.value ${by}, h.id ${by} limit most - shown)
            select k.count, p.value, p.id from counted k left join page p on true
            order by p.value ${by}, p.id ${by}
          loop
            here := hit.count;
            if hit.id is not null then
              shown := shown + 1;
              return query select null::integer, hit.value, hit.id;
            end if;
          end loop;
          total := least(total + here, max_count);
          if here >= max_count and shown < most then
            walked := 0;
            for hit in
              select w.value, w.id from (
                select c.id, c.posted_at_ms as value, (c.words @@ plain) is true and ${WHERE} as fits from clips c
                where ${rest(sql`(c.posted_at_ms, c.id)`)}
                  and c.posted_at_ms >= segment_start(at) and c.posted_at_ms < segment_start(at + 1)
                order by c.posted_at_ms ${by}, c.id ${by} limit ${sql.lit(MAX_WALK)}) w
              where w.fits limit most - shown
            loop
              walked := walked + 1;
              return query select null::integer, hit.value, hit.id;
            end loop;
            if walked < most - shown then
              return query
                with hits as materialized (
                  select c.id, c.posted_at_ms as value from clips c
                  where ${INDEXED} and ${WHERE} and ${rest(sql`(c.posted_at_ms, c.id)`)})
                select null::integer, h.value, h.id from hits h
                order by h.value ${by}, h.id ${by} limit most - shown - walked offset walked;
              get diagnostics here = row_count;
              walked := walked + here;
            end if;
            shown := shown + walked;
          end if;
          at := at ${sql.raw(isDescending ? '- 1' : '+ 1')};
        end loop;
        return query select total, null::float8, null::text;
      end
    $$`;
}

/**
 * Creates the function that finds the longest clips first. The text index is asked for all matches. If there are fewer than
 * max_count, the page is taken from them. If there are more, the clips are read in the order until the page is full. A word
 * whose clips are far from the start of the order would make this read all clips, so after MAX_LENGTH_WALK clips all
 * matches are sorted instead.
 */
function searchByLength(): RawBuilder<unknown> {
  const rest = (columns: RawBuilder<unknown>) => sql`${columns} < (start_value, start_id)`;
  return sql`create function search_longest(${PARAMETERS})
    returns table (count integer, value float8, id text)
    language plpgsql stable ${PLANS} as $$
      #variable_conflict use_column
      declare
        query tsquery := all_segments_query(pattern);
        hit record;
        total integer := 0;
        shown integer := 0;
        start_value float8 := coalesce(after_value, 'infinity');
        start_id text := coalesce(after_id, '');
      begin
        for hit in
          with hits as materialized (
            select c.id, c.seconds as value from clips c where ${INDEXED} and ${WHERE} limit max_count),
          counted as (select count(*)::integer as count from hits),
          page as (
            select h.value, h.id from hits h
            where (select k.count from counted k) < max_count and ${rest(sql`(h.value, h.id)`)}
            order by h.value desc, h.id desc limit most)
          select k.count, p.value, p.id from counted k left join page p on true
          order by p.value desc, p.id desc
        loop
          total := hit.count;
          if hit.id is not null then return query select null::integer, hit.value, hit.id; end if;
        end loop;
        return query select total, null::float8, null::text;
        if total < max_count then return; end if;
        for hit in
          select w.value, w.id from (
            select c.id, c.seconds as value, (c.words @@ plain) is true and ${WHERE} as fits from clips c
            where ${rest(sql`(c.seconds, c.id)`)}
            order by c.seconds desc, c.id desc limit ${sql.lit(MAX_LENGTH_WALK)}) w
          where w.fits limit most
        loop
          shown := shown + 1;
          return query select null::integer, hit.value, hit.id;
        end loop;
        if shown = most then return; end if;
        return query
          with hits as materialized (
            select c.id, c.seconds as value from clips c
            where ${INDEXED} and ${WHERE} and ${rest(sql`(c.seconds, c.id)`)})
          select null::integer, h.value, h.id from hits h
          order by h.value desc, h.id desc limit most - shown offset shown;
      end
    $$`;
}
