import { sql, type Kysely } from 'kysely';
import { namesOf } from '../project/name-rows.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { comparedRow, writeVersionsFrom } from './fragments.ts';

/** An object that is gone or unreadable. */
export interface GoneObject {
  key: string;
  /** The version under which the object is kept as unreadable; null if the object is gone. */
  version: string | null;
  /** If the catalog has another version than this, nothing is removed, because the object was written since. */
  replaces?: string | null;
}

const RECORD_KEY = /^messages\/(\d+)\/(\d+-\d+)\.json$/;
const CHANNEL_KEY = /^channels\/(\d+)\.json$/;
const USER_KEY = /^userData\/(\d+(?:-[0-9a-f]+)?)\.json$/;

/**
 * Removes what the catalog has of these objects. A poster whose user data are gone keeps only the names that clips have.
 * The order of the locks is that of `writeRecords`.
 */
export async function removeObjects(
  db: Kysely<CatalogTables>,
  objects: readonly GoneObject[],
): Promise<void> {
  if (objects.length === 0) return;
  const rows = objects.map(({ version, ...object }) => ({
    ...comparedRow({ ...object, version: version ?? '' }),
    version,
    ...ownerOf(object.key),
  }));
  const removed = await sql<{ poster_key: string | null; user_id: string | null }>`
    with gone as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as i(
        key text, version text, is_compared boolean, replaces text,
        clip_id text, clip_channel_id text, channel_id text, user_id text)
    ),
    held as materialized (
      select key, version from objects where key in (select key from gone) order by key for update
    ),
    due as materialized (
      select g.* from gone g left join held h on h.key = g.key
      where not g.is_compared or h.version is not distinct from g.replaces
    ),
    locked as materialized (
      select clip_id from links where clip_id in (select clip_id from due) order by clip_id for update
    ),
    clip_rows as (
      delete from clips c using due d
      where c.id = d.clip_id and c.channel_id = d.clip_channel_id and c.id in (select clip_id from locked)
      returning c.id, c.poster_key
    ),
    undetailed as (delete from clip_details where clip_id in (select id from clip_rows)),
    unlinked as (delete from links where clip_id in (select id from clip_rows)),
    unnamed as (delete from channels where id in (select channel_id from due)),
    forgotten as (delete from objects where key in (select key from due where version is null)),
    versions as (${writeVersionsFrom(sql`
      select key, version from due where version is not null order by key`)})
    select distinct poster_key, null as user_id from clip_rows
    union all select null, user_id from due where user_id is not null`.execute(db);
  await forgetPosters(
    db,
    removed.rows.flatMap((row) => row.user_id ?? []),
    new Set(removed.rows.flatMap((row) => row.poster_key ?? [])),
  );
}

/** Returns whose object has this key. */
function ownerOf(key: string) {
  const [, clipChannelId = null, clipId = null] = RECORD_KEY.exec(key) ?? [];
  return {
    clip_id: clipId,
    clip_channel_id: clipChannelId,
    channel_id: CHANNEL_KEY.exec(key)?.[1] ?? null,
    user_id: USER_KEY.exec(key)?.[1] ?? null,
  };
}

/**
 * Forgets the user data of `ids`, and the posters among `ids` and `candidates` of whom neither a clip nor user data are
 * left.
 */
async function forgetPosters(
  db: Kysely<CatalogTables>,
  ids: readonly string[],
  candidates: ReadonlySet<string>,
): Promise<void> {
  if (ids.length > 0) {
    const { rows } = await sql<{ poster_key: string; username: string }>`
      select distinct poster_key, username from clips where poster_key = any(${ids}::text[])`.execute(
      db,
    );
    const names = ids.map((id) => ({
      id,
      ...namesOf(rows.filter((row) => row.poster_key === id).map((row) => row.username)),
    }));
    await sql`
      update posters p set
        username = null, display_name = null, avatar_key = null, avatar_version = null, as_of = 0,
        name_keys = i.name_keys, words = array_to_tsvector(i.words)
      from json_to_recordset(${JSON.stringify(names)}::json) as i(id text, name_keys text[], words text[])
      where p.id = i.id`.execute(db);
  }
  await sql`
    delete from posters p
    where id = any(${[...ids, ...candidates]}::text[]) and username is null
      and not exists (select from clips c where c.poster_key = p.id)`.execute(db);
}
