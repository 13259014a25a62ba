import { sql, type RawBuilder } from 'kysely';
import { MAX_COUNT } from '../catalog.ts';

/** Of more names that begin like this, only so many are counted. */
const MAX_CANDIDATES = 300;
/** A catalog with more games has records that somebody made up. */
const MAX_GAMES = 2000;
/** If nothing is typed, the people and players of this many clips are suggested, newest first. */
const NEWEST_CLIPS = 500;
/** The people whose names as players are counted. Each count reads the clips themselves. */
const MAX_PLAYERS = 16;

/**
 * The plans must not depend on the first values, nor on a table that was empty when the plan was made. Without bitmaps,
 * clips are counted by the columns of the index, and a count stops at its limit. Small tables are read all the same. The
 * planner takes that for so expensive that it would compile the plan, which takes seconds.
 */
const PLANS = sql`set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off`;
const PLANS_OF_COUNTS = sql`${PLANS} set enable_bitmapscan = off`;

const PARAMETERS = sql`query tsquery, keys text[], channels text[], with_deleted boolean, most integer`;

const IS_VISIBLE = sql`c.status <> 'purged' and (with_deleted or c.status <> 'deleted')
  and (channels is null or c.channel_id = any(channels))`;

/** Counts the clips that the reader may see, at most MAX_COUNT. */
function count(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select count(*)::integer as count from (
    select from clips c where ${condition} and ${IS_VISIBLE} limit ${sql.lit(MAX_COUNT)}) seen)`;
}

/** Ids of posters and channels have the collation C. The indexes of clips have another one, and need that one. */
function indexed(id: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${id} collate "default"`;
}

/** True if a name has a word, or several words, that begin with one of the keys. */
function hasKey(name: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(keys is null or exists (
    select from unnest(keys) as k(key) where strpos(' ' || ${name}, ' ' || k.key) > 0))`;
}

/**
 * Returns the functions that suggest names. `query` is what names must fit, and `keys` are beginnings of words. Both are
 * null if nothing is typed. `channels` are those whose clips the reader may see, or null for all.
 */
export function createSuggestFunctions(): RawBuilder<unknown>[] {
  return [suggestPeople(), suggestPlayers(), suggestChannels(), suggestGames()];
}

function createFunction(
  name: string,
  plans: RawBuilder<unknown>,
  query: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`create function ${sql.raw(name)}(${PARAMETERS})
    returns table (value text, name text, label text, count integer)
    language plpgsql stable ${plans} as $$
      #variable_conflict use_column
      begin
        return query ${query};
      end
    $$`;
}

const CANDIDATES = sql`
  (select p.id from posters p where p.words @@ query limit ${sql.lit(MAX_CANDIDATES)})
  union all
  (select distinct n.poster_key from (
    select c.poster_key from clips c where query is null and ${IS_VISIBLE}
    order by c.posted_at_ms desc limit ${sql.lit(NEWEST_CLIPS)}) n)`;

function suggestPeople(): RawBuilder<unknown> {
  return createFunction(
    'suggest_person',
    PLANS_OF_COUNTS,
    sql`
      with counted as materialized (
        select i.id, n.count from (${CANDIDATES}) i cross join lateral ${count(sql`c.poster_key = ${indexed(sql`i.id`)}`)} n
        where n.count > 0 and i.id <> '' order by n.count desc, i.id limit most)
      select k.id, coalesce(p.username, l.username), coalesce(p.display_name, l.username), k.count
      from counted k left join posters p on p.id = k.id
      left join lateral (
        select c.username from clips c where c.poster_key = ${indexed(sql`k.id`)} and p.username is null and ${IS_VISIBLE}
        order by c.posted_at_ms desc, c.id desc limit 1) l on true
      order by k.count desc, k.id`,
  );
}

/** A filter finds players by the keys of names. */
function suggestPlayers(): RawBuilder<unknown> {
  return createFunction(
    'suggest_player',
    PLANS,
    sql`
      with keys_of as materialized (
        select distinct unnest(p.name_keys) as key
        from suggest_person(query, keys, channels, with_deleted, ${sql.lit(MAX_PLAYERS)}) i
        join posters p on p.id = i.value)
      select i.key, i.key, i.key, n.count
      from keys_of i cross join lateral ${count(sql`c.people @> array[i.key]`)} n
      where n.count > 0 and ${hasKey(sql`i.key`)} order by n.count desc, i.key limit most`,
  );
}

function suggestChannels(): RawBuilder<unknown> {
  return createFunction(
    'suggest_channel',
    PLANS_OF_COUNTS,
    sql`
      select ch.id, ch.name, ch.name, n.count
      from channels ch cross join lateral ${count(sql`c.channel_id = ${indexed(sql`ch.id`)}`)} n
      where (query is null or ch.words @@ query) and (channels is null or ch.id = any(channels)) and n.count > 0
      order by n.count desc, ch.id limit most`,
  );
}

function suggestGames(): RawBuilder<unknown> {
  return createFunction(
    'suggest_game',
    PLANS_OF_COUNTS,
    sql`
      with recursive games as (
        (select c.game_key as key, 1 as at from clips c where c.game_key is not null order by c.game_key limit 1)
        union all
        select (select c.game_key from clips c where c.game_key > g.key order by c.game_key limit 1), g.at + 1
        from games g where g.key is not null and g.at < ${sql.lit(MAX_GAMES)}),
      fitting as materialized (
        select g.key from games g where g.key is not null and ${hasKey(sql`g.key`)}),
      counted as materialized (
        select g.key, n.count from fitting g cross join lateral ${count(sql`c.game_key = g.key`)} n
        where n.count > 0 order by n.count desc, g.key limit most)
      select l.game, l.game, l.game, k.count
      from counted k cross join lateral (
        select c.game from clips c where c.game_key = k.key and ${IS_VISIBLE}
        order by c.posted_at_ms desc, c.id desc limit 1) l
      order by k.count desc, k.key`,
  );
}
