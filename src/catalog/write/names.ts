import { sql, type Kysely } from 'kysely';
import type { ChannelRow, PosterRow } from '../project/name-rows.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { writeVersions, writeVocabulary, type WithObject } from './fragments.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Writes channels in one statement. Clips are joined to their channel when they are read, so no clip is written. */
export async function writeChannels(
  db: Kysely<CatalogTables>,
  rows: readonly WithObject<{ channel: ChannelRow }>[],
): Promise<void> {
  if (rows.length === 0) return;
  const channels = rows.map(({ channel }) => channel);
  const objects = rows.map(({ object }) => object);
  const words = vocabularyOf(channels.map((channel) => channel.words));
  await sql`
    with versions as (${writeVersions(objects)}), spelled as (${writeVocabulary(words)})
    insert into channels
    select id, name, name_key, guild_id, guild_name, parent_id, parent_name, parent_key, is_nsfw, is_public,
      array_to_tsvector(words)
    from json_to_recordset(${JSON.stringify(channels)}::json) as i(
      id text, name text, name_key text, guild_id text, guild_name text, parent_id text, parent_name text,
      parent_key text, is_nsfw boolean, is_public boolean, words text[])
    on conflict (id) do update set
      name = excluded.name, name_key = excluded.name_key, guild_id = excluded.guild_id,
      guild_name = excluded.guild_name, parent_id = excluded.parent_id, parent_name = excluded.parent_name,
      parent_key = excluded.parent_key, is_nsfw = excluded.is_nsfw, is_public = excluded.is_public,
      words = excluded.words`.execute(db);
}

/** Writes user data in one statement. Earlier names are kept, because a poster is found by them too. */
export async function writePosters(
  db: Kysely<CatalogTables>,
  rows: readonly WithObject<{ poster: PosterRow }>[],
): Promise<void> {
  if (rows.length === 0) return;
  const posters = rows.map(({ poster }) => poster);
  const objects = rows.map(({ object }) => object);
  const words = vocabularyOf(posters.map((poster) => poster.words));
  await sql`
    with versions as (${writeVersions(objects)}), spelled as (${writeVocabulary(words)})
    insert into posters as p
    select id, username, display_name, avatar_key, avatar_version, name_keys, array_to_tsvector(words)
    from json_to_recordset(${JSON.stringify(posters)}::json) as i(
      id text, username text, display_name text, avatar_key text, avatar_version text, name_keys text[],
      words text[])
    on conflict (id) do update set
      username = excluded.username, display_name = excluded.display_name, avatar_key = excluded.avatar_key,
      avatar_version = excluded.avatar_version,
      name_keys = array(select distinct unnest(p.name_keys || excluded.name_keys)),
      words = p.words || excluded.words`.execute(db);
}
