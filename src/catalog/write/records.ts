import { sql, type Kysely } from 'kysely';
import { namesOf } from '../project/name-rows.ts';
import { PURGED_REVISION, type RecordRow } from '../project/record-row.ts';
import type { CatalogTables } from '../schema/tables.ts';
import {
  comparedRow,
  writeVersionsFrom,
  writeVocabulary,
  type ComparedObject,
} from './fragments.ts';
import { vocabularyOf } from './vocabulary.ts';

export type RecordWithObject = RecordRow & { object: ComparedObject };

/**
 * Writes records in one statement. The links come first, because they decide which records are new enough. A clip's own
 * row is written only if its content changed, so a refresh of a link touches no text index.
 *
 * The previous hash is kept in the link's row, because only a row that is locked tells the truth while others write.
 *
 * A version is kept only for an object whose record counts, so the next reconcile looks at all others again. If a clip
 * has records in two channels, the record with the higher revision counts. If a clip moves to the record of another
 * channel, the version of its old object is forgotten. Otherwise, the old record would be lost with the new one.
 *
 * Writes and removals lock objects before links and links before clips, each in the order of the keys, so two statements
 * never wait for each other. The comparison with the number of locked objects is always true; it makes PostgreSQL lock
 * the objects first.
 *
 * @returns the number of clips whose own rows were written
 */
export async function writeRecords(
  db: Kysely<CatalogTables>,
  rows: readonly RecordWithObject[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const distinct = distinctClips(rows);
  const links = distinct.map(({ link }) => link);
  const clips = distinct.map(({ clip }) => clip);
  const posters = postersOf(distinct);
  const words = vocabularyOf([...distinct, ...posters].map((row) => row.words));
  const objects = distinct.map(({ clip, object }) => ({
    ...comparedRow(object),
    clip_id: clip.id,
    channel_id: clip.channel_id,
  }));
  const { rows: written } = await sql`
    with objects_in as materialized (
      select * from json_to_recordset(${JSON.stringify(objects)}::json) as i(
        key text, version text, is_compared boolean, replaces text, clip_id text, channel_id text)
    ),
    elsewhere as materialized (
      select c.id, 'messages/' || c.channel_id || '/' || c.id || '.json' as key
      from objects_in i join clips c on c.id = i.clip_id and c.channel_id <> i.channel_id
    ),
    held as materialized (
      select key, version from objects
      where key in (select key from objects_in union all select key from elsewhere) order by key for update
    ),
    unchanged as materialized (
      select i.clip_id from objects_in i left join held h on h.key = i.key
      where i.is_compared and h.version is not distinct from i.replaces
        and i.clip_id not in (select id from elsewhere)
    ),
    linked as (
      insert into links as l
        (clip_id, url, issued_at_ms, expires_at_ms, revision, attempt, content_hash)
      select * from json_to_recordset(${JSON.stringify(links)}::json) as i(
        clip_id text, url text, issued_at_ms float8, expires_at_ms float8, revision float8, attempt float8,
        content_hash text)
      where (select count(*) from held) >= 0
      on conflict (clip_id) do update set
        url = excluded.url, issued_at_ms = excluded.issued_at_ms, expires_at_ms = excluded.expires_at_ms,
        revision = excluded.revision, attempt = excluded.attempt,
        content_hash = excluded.content_hash, previous_hash = l.content_hash
      where (excluded.revision, excluded.attempt) > (l.revision, l.attempt)
        or (excluded.revision, excluded.attempt) = (l.revision, l.attempt)
          and l.clip_id not in (select id from elsewhere)
        or l.revision < ${PURGED_REVISION} and l.clip_id in (select clip_id from unchanged)
      returning clip_id, previous_hash is distinct from content_hash as is_changed
    ),
    changed as (
      select i.* from json_to_recordset(${JSON.stringify(clips)}::json) as i(
        id text, channel_id text, guild_id text, poster_key text, poster_id text, username text, status text,
        posted_at_ms float8, seconds float8, random float8, old_id text, game_key text, game text, people text[],
        is_vertical boolean, is_silent boolean, is_spoiler boolean, is_nsfw boolean, extension text, words text, details json)
      where i.id in (select clip_id from linked where is_changed)
    ),
    detailed as (
      insert into clip_details (clip_id, details) select id, details from changed
      on conflict (clip_id) do update set details = excluded.details
    ),
    versions as (${writeVersionsFrom(sql`
      select key, version from objects_in where clip_id in (select clip_id from linked) order by key`)}),
    forgotten as (
      delete from objects where key in (
        select key from elsewhere where id in (select clip_id from linked))
    ),
    named as (
      insert into posters as p (id, name_keys, words)
      select i.id, i.name_keys, array_to_tsvector(i.words)
      from json_to_recordset(${JSON.stringify(posters)}::json) as i(id text, name_keys text[], words text[])
      where not exists (select from posters k where k.id = i.id and k.name_keys @> i.name_keys)
      order by i.id
      on conflict (id) do update set
        name_keys = array(select distinct unnest(p.name_keys || excluded.name_keys)),
        words = p.words || excluded.words
    ),
    spelled as (${writeVocabulary(words)})
    insert into clips
    select id, channel_id, guild_id, poster_key, poster_id, username, status, posted_at_ms, seconds, random, old_id,
      game_key, game, people, is_vertical, is_silent, is_spoiler, is_nsfw, extension,
      words::tsvector || array_to_tsvector(
        clip_tokens(channel_id, poster_key, game_key, people, is_vertical, is_silent, is_spoiler))
    from changed
    on conflict (id) do update set
      channel_id = excluded.channel_id, guild_id = excluded.guild_id, poster_key = excluded.poster_key,
      poster_id = excluded.poster_id, username = excluded.username, status = excluded.status,
      posted_at_ms = excluded.posted_at_ms, seconds = excluded.seconds, random = excluded.random,
      old_id = excluded.old_id, game_key = excluded.game_key, game = excluded.game, people = excluded.people,
      is_vertical = excluded.is_vertical, is_silent = excluded.is_silent, is_spoiler = excluded.is_spoiler,
      is_nsfw = excluded.is_nsfw, extension = excluded.extension, words = excluded.words
    returning id`.execute(db);
  return written.length;
}

/** If one clip has records at two keys, the record with the higher revision counts. */
function distinctClips(rows: readonly RecordWithObject[]): RecordWithObject[] {
  const byId = new Map<string, RecordWithObject>();
  for (const row of rows) {
    const known = byId.get(row.clip.id);
    if (known === undefined || isNewer(row, known)) byId.set(row.clip.id, row);
  }
  return [...byId.values()].sort((a, b) => (a.clip.id < b.clip.id ? -1 : 1));
}

function isNewer({ link }: RecordRow, { link: known }: RecordRow): boolean {
  return (
    link.revision > known.revision ||
    (link.revision === known.revision && link.attempt >= known.attempt)
  );
}

/** Returns what the records say of their posters' names. A poster can be found by each name of the past. */
function postersOf(
  rows: readonly RecordRow[],
): { id: string; name_keys: string[]; words: string[] }[] {
  const names = new Map<string, Set<string>>();
  for (const { clip } of rows) {
    if (clip.status === 'purged' || clip.poster_key === '') continue;
    names.set(clip.poster_key, (names.get(clip.poster_key) ?? new Set()).add(clip.username));
  }
  return [...names].map(([id, usernames]) => ({ id, ...namesOf([...usernames]) }));
}
