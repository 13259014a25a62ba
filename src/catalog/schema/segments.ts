import { sql, type RawBuilder } from 'kysely';
import { SEGMENT_MARK } from '../search/token-query.ts';

/** A segment of time: a quarter of an average year, in milliseconds. */
const SEGMENT_MS = 7_889_400_000;
/** The segments of 2015 and 2069. Their numbers are also the characters that stand for them. */
const FIRST_SEGMENT = 180;
const LAST_SEGMENT = 400;

/**
 * Returns the functions that the text index needs. Each word of the index begins with a character that stands for the
 * quarter of a year in which the clip was posted. Quarters before 2015, when Discord began, and after 2069 count as one.
 */
export function createSegmentFunctions(): RawBuilder<unknown>[] {
  const quarter = sql.lit(SEGMENT_MS);
  return [
    sql`create function segment_of(posted_at_ms float8) returns integer language sql immutable as $$
        select least(greatest(floor(posted_at_ms / ${quarter}), ${sql.lit(FIRST_SEGMENT)}), ${sql.lit(LAST_SEGMENT)})::integer
      $$`,
    sql`create function segment_start(segment integer) returns float8 language sql immutable as $$
        select case when segment <= ${sql.lit(FIRST_SEGMENT)} then '-infinity'::float8
          when segment > ${sql.lit(LAST_SEGMENT)} then 'infinity'::float8 else segment * ${quarter}::float8 end
      $$`,
    // PL/pgSQL, because a function in SQL is planned anew for each statement.
    sql`create function segment_words(words tsvector, posted_at_ms float8) returns tsvector
      language plpgsql immutable cost 1000 as $$
        declare
          segment text := chr(least(greatest(floor(posted_at_ms / ${quarter}), ${sql.lit(FIRST_SEGMENT)}),
            ${sql.lit(LAST_SEGMENT)})::integer);
        begin
          return array_to_tsvector(array(select segment || word from unnest(tsvector_to_array(words)) as word));
        end
      $$`,
  ];
}

/** Returns the functions that make a pattern a query of several segments. They need the table `clips`. */
export function createSegmentQueries(): RawBuilder<unknown>[] {
  return [
    sql`create function segments_query(pattern text, first integer, last integer) returns tsquery
      language sql immutable as $$
        select coalesce(string_agg('(' || replace(pattern, ${sql.lit(SEGMENT_MARK)}, chr(segment)) || ')', '|'), '')::tsquery
        from generate_series(first, last) as segment
      $$`,
    sql`create function all_segments_query(pattern text) returns tsquery language sql stable as $$
        select segments_query(pattern, segment_of(min(posted_at_ms)), segment_of(max(posted_at_ms))) from clips
      $$`,
  ];
}
