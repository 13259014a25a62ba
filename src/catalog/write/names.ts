import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { ChannelRow, PosterRow } from '../project/name-rows.ts';
import type { CatalogTables } from '../schema/tables.ts';
import {
  comparedRow,
  writeVersionsFrom,
  writeVocabulary,
  type ComparedObject,
} from './fragments.ts';
import { vocabularyOf } from './vocabulary.ts';

/** A row with the object that the row comes from. */
export type WithComparedObject<T> = T & { object: ComparedObject };

/**
 * Writes channels in one statement. Clips are joined to their channel when they are read, so no clip is written. A lower
 * revision does not replace a higher one, because an old record could publish a channel that has become private.
 */
export async function writeChannels(
  db: Kysely<CatalogTables>,
  rows: readonly WithComparedObject<{ channel: ChannelRow }>[],
): Promise<void> {
  if (rows.length === 0) return;
  const channels = rows.map(({ channel }) => channel);
  const words = vocabularyOf(channels.map((channel) => channel.words));
  await sql`
    with ${lockObjects(rows.map(({ channel, object }) => ({ id: channel.id, object })))},
    written as (
      insert into channels as c (
        id, name, name_key, guild_id, guild_name, parent_id, parent_name, parent_key, is_nsfw, is_public, revision,
        words)
      select id, name, name_key, guild_id, guild_name, parent_id, parent_name, parent_key, is_nsfw, is_public, revision,
        array_to_tsvector(words)
      from json_to_recordset(${JSON.stringify(channels)}::json) as i(
        id text, name text, name_key text, guild_id text, guild_name text, parent_id text, parent_name text,
        parent_key text, is_nsfw boolean, is_public boolean, revision float8, words text[])
      where (select count(*) from held) >= 0
      on conflict (id) do update set
        name = excluded.name, name_key = excluded.name_key, guild_id = excluded.guild_id,
        guild_name = excluded.guild_name, parent_id = excluded.parent_id, parent_name = excluded.parent_name,
        parent_key = excluded.parent_key, is_nsfw = excluded.is_nsfw, is_public = excluded.is_public,
        revision = excluded.revision, words = excluded.words
      where ${isNewer(sql`c.id`, sql`excluded.revision`, sql`c.revision`)}
      returning id
    ),
    versions as (${writtenVersions}), spelled as (${writeVocabulary(words)})
    select`.execute(db);
}

/**
 * Writes user data in one statement. Earlier names are kept, because a poster is found by them too. User data of an
 * older message do not replace those of a newer one.
 */
export async function writePosters(
  db: Kysely<CatalogTables>,
  rows: readonly WithComparedObject<{ poster: PosterRow }>[],
): Promise<void> {
  if (rows.length === 0) return;
  const posters = rows.map(({ poster }) => poster);
  const words = vocabularyOf(posters.map((poster) => poster.words));
  await sql`
    with ${lockObjects(rows.map(({ poster, object }) => ({ id: poster.id, object })))},
    written as (
      insert into posters as p (id, username, display_name, avatar_key, avatar_version, as_of, name_keys, words)
      select id, username, display_name, avatar_key, avatar_version, as_of, name_keys, array_to_tsvector(words)
      from json_to_recordset(${JSON.stringify(posters)}::json) as i(
        id text, username text, display_name text, avatar_key text, avatar_version text, as_of float8,
        name_keys text[], words text[])
      where (select count(*) from held) >= 0
      on conflict (id) do update set
        username = excluded.username, display_name = excluded.display_name, avatar_key = excluded.avatar_key,
        avatar_version = excluded.avatar_version, as_of = excluded.as_of,
        name_keys = array(select distinct unnest(p.name_keys || excluded.name_keys)),
        words = p.words || excluded.words
      where ${isNewer(sql`p.id`, sql`excluded.as_of`, sql`p.as_of`)}
      returning id
    ),
    versions as (${writtenVersions}), spelled as (${writeVocabulary(words)})
    select`.execute(db);
}

/**
 * Locks the objects before the rows, as `writeRecords` does, and compares their versions with those that a reconcile
 * replaces. A told object may be new to the catalog since this statement began, so an object without a version is in
 * neither list.
 */
function lockObjects(rows: readonly { id: string; object: ComparedObject }[]): RawBuilder<unknown> {
  const objects = rows.map(({ id, object }) => ({ ...comparedRow(object), id }));
  return sql`
    objects_in as materialized (
      select * from json_to_recordset(${JSON.stringify(objects)}::json) as i(
        key text, version text, is_compared boolean, replaces text, id text)
    ),
    held as materialized (
      select key, version from objects where key in (select key from objects_in) order by key for update
    ),
    unchanged as materialized (
      select i.id from objects_in i join held h on h.key = i.key where i.is_compared and h.version = i.replaces
    ),
    told as materialized (
      select i.id from objects_in i join held h on h.key = i.key
      where i.is_compared and h.version is distinct from i.replaces
    )`;
}

/** True if what is written may replace the row with this id. */
function isNewer(
  id: RawBuilder<unknown>,
  revision: RawBuilder<unknown>,
  known: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`${revision} > ${known}
    or ${revision} = ${known} and ${id} not in (select id from told)
    or ${id} in (select id from unchanged)`;
}

/** Only the version of an object that counts is kept, so the next reconcile looks at all others again. */
const writtenVersions = writeVersionsFrom(sql`
  select key, version from objects_in where id in (select id from written) order by key`);
