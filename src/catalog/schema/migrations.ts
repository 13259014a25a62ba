import { sql, type Kysely, type Migration } from 'kysely';
import { MAX_TOKEN_LENGTH } from '../search/token-query.ts';
import { createFunctions } from './functions.ts';
import { createLiveIds } from './live-ids.ts';
import { createSegmentFunctions } from './segments.ts';
import { createSuggestFunctions } from './suggest.ts';
import { lookIntoTrigrams } from '../database/trigrams.ts';

/**
 * The migrations of the catalog, in the order of their names. They run with the catalog's schema first in the search
 * path, so no name is qualified. A migration that has landed never changes.
 *
 * Programs of an older version keep using the tables after a migration of a newer version. So a migration only adds: a
 * new column can be null or has a default. For any other change, one migration with a new name replaces all of these.
 * The catalog's schema is then dropped and rebuilt, because the bucket has everything.
 */
export const migrations: Record<string, Migration> = {
  '2026-11-26-catalog': { up: createTables },
};

/**
 * How much of a page the first rows fill, in percent. A refresh then finds room for the new version of its row on the
 * same page, so PostgreSQL updates no index (a heap-only tuple).
 */
const LINKS_FILL = 70;

/**
 * Words with a lower trigram similarity are no candidates for a typing error. Two swapped letters in a word of five, such
 * as lukcy for lucky, leave a similarity of 0.2.
 */
const MIN_SIMILARITY = 0.15;

/**
 * A text index collects this many kilobytes of new entries before it sorts them in, the least that PostgreSQL accepts.
 * Every search reads the collected entries too, and PGlite runs no autovacuum that would sort them in. Without a list,
 * a new clip took 0.18 ms of the database's CPU time, and with this list 0.11 ms.
 */
const GIN_PENDING_KILOBYTES = 64;
const GIN_OPTIONS = sql`with (gin_pending_list_limit = ${sql.lit(GIN_PENDING_KILOBYTES)})`;

async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`create extension if not exists pg_trgm`.execute(db);
  await lookIntoTrigrams(db);
  const statements = [
    sql`create table clips (
      id text collate "C" primary key,
      channel_id text not null,
      guild_id text,
      poster_key text not null,
      poster_id text not null,
      username text not null,
      status text not null,
      posted_at_ms float8 not null,
      seconds float8 not null,
      random float8 not null,
      old_id text,
      game_key text,
      game text,
      people text[] not null,
      is_vertical boolean not null,
      is_silent boolean not null,
      is_spoiler boolean not null,
      is_nsfw boolean not null,
      extension text not null,
      words tsvector not null
    )`,
    sql`create table clip_details (clip_id text collate "C" primary key, details json not null)`,
    ...createSegmentFunctions(),
    sql`create index clips_words on clips using gin (segment_words(words, posted_at_ms)) ${GIN_OPTIONS}`,
    sql`create index clips_people on clips using gin (people) ${GIN_OPTIONS}`,
    sql`create index clips_posted on clips (posted_at_ms, id)`,
    sql`create index clips_seconds on clips (seconds, id)`,
    sql`create index clips_random on clips (random, id)`,
    // The included columns let suggestions and descriptions count the clips that a reader may see without reading them.
    sql`create index clips_channel on clips (channel_id, posted_at_ms) include (status, seconds, poster_key)`,
    sql`create index clips_poster on clips (poster_key, posted_at_ms) include (channel_id, status, seconds)`,
    sql`create index clips_game on clips (game_key, posted_at_ms) include (channel_id, status, seconds, poster_key)
      where game_key is not null`,
    sql`create index clips_vertical on clips (posted_at_ms) where is_vertical`,
    sql`create index clips_silent on clips (posted_at_ms) where is_silent`,
    sql`create index clips_spoiler on clips (posted_at_ms) where is_spoiler`,
    sql`create index clips_old_id on clips (old_id, posted_at_ms)`,
    sql`create table links (
      clip_id text collate "C" primary key,
      url text,
      issued_at_ms float8,
      expires_at_ms float8,
      revision float8 not null,
      attempt float8 not null,
      content_hash text not null,
      previous_hash text
    ) with (fillfactor = ${sql.lit(LINKS_FILL)})`,
    sql`create table channels (
      id text collate "C" primary key,
      name text not null,
      name_key text not null,
      guild_id text,
      guild_name text,
      parent_id text,
      parent_name text,
      parent_key text,
      is_nsfw boolean not null,
      is_public boolean not null,
      revision float8 not null,
      words tsvector not null
    )`,
    sql`create table posters (
      id text collate "C" primary key,
      username text,
      display_name text,
      avatar_key text,
      avatar_version text,
      as_of float8 not null default 0,
      name_keys text[] not null,
      words tsvector not null
    )`,
    sql`create index posters_words on posters using gin (words) ${GIN_OPTIONS}`,
    sql`create index posters_names on posters using gin (name_keys) ${GIN_OPTIONS}`,
    sql`create table vocabulary (word text collate "C" primary key)`,
    sql`create index vocabulary_trigrams on vocabulary using gin (word gin_trgm_ops) ${GIN_OPTIONS}`,
    sql`create function similar_words(typed text, most integer) returns setof text
      language sql stable set search_path from current
      set pg_trgm.similarity_threshold = ${sql.lit(MIN_SIMILARITY)} as $$
        select word from vocabulary where word % typed order by similarity(word, typed) desc, word limit most
      $$`,
    sql`create table objects (key text collate "C" primary key, version text not null)`,
    sql`create table reconcile_state (
      owner text,
      heartbeat_at timestamptz,
      done float8 not null,
      total float8,
      started_at timestamptz,
      finished_at timestamptz,
      wanted_at timestamptz,
      content_version float8 not null default 0
    )`,
    sql`insert into reconcile_state (done) values (0)`,
    // The words of people have no #, so a search for a word never finds these tokens.
    sql`create function clip_tokens(
        channel_id text, poster_key text, game_key text, people text[], is_vertical boolean, is_silent boolean,
        is_spoiler boolean)
      returns text[] language sql immutable as $$
        select array_agg(left(token, ${sql.lit(MAX_TOKEN_LENGTH)})) from (
          select '#c' || channel_id as token
          union all select '#p' || poster_key
          union all select '#g' || game_key
          union all select '#w' || person from unnest(people) as person
          union all select '#v' where is_vertical
          union all select '#s' where is_silent
          union all select '#x' where is_spoiler) tokens
        where token is not null
      $$`,
    ...createFunctions(),
    createLiveIds(),
    ...createSuggestFunctions(),
  ];
  for (const statement of statements) await statement.execute(db);
}
