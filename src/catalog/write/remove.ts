import { sql, type Kysely } from 'kysely';
import { namesOf } from '../project/name-rows.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { writeVersions } from './fragments.ts';

/** The key of an object, and the version under which it is kept as unreadable; null if the object is gone. */
interface GoneObject {
  key: string;
  version: string | null;
}

const RECORD_KEY = /^messages\/(\d+)\/(\d+-\d+)\.json$/;
const CHANNEL_KEY = /^channels\/(\d+)\.json$/;
const USER_KEY = /^userData\/(\d+(?:-[0-9a-f]+)?)\.json$/;

/**
 * Removes what the catalog has of these objects. A poster whose user data are gone keeps only the names that clips have.
 */
export async function removeObjects(
  db: Kysely<CatalogTables>,
  objects: readonly GoneObject[],
): Promise<void> {
  if (objects.length === 0) return;
  const clips = objects.flatMap(({ key }) => {
    const [, channelId, id] = RECORD_KEY.exec(key) ?? [];
    return id === undefined ? [] : [{ id, channel_id: channelId }];
  });
  const channels = objects.flatMap(({ key }) => CHANNEL_KEY.exec(key)?.[1] ?? []);
  const posters = objects.flatMap(({ key }) => USER_KEY.exec(key)?.[1] ?? []);
  const kept = objects.flatMap(({ key, version }) => (version === null ? [] : { key, version }));
  const gone = objects.filter(({ version }) => version === null).map(({ key }) => key);
  const removed = await sql<{ poster_key: string }>`
    with clip_rows as (
      delete from clips c
      using json_to_recordset(${JSON.stringify(clips)}::json) as i(id text, channel_id text)
      where c.id = i.id and c.channel_id = i.channel_id
      returning c.id, c.poster_key
    ),
    undetailed as (delete from clip_details where clip_id in (select id from clip_rows)),
    unlinked as (delete from links where clip_id in (select id from clip_rows)),
    unnamed as (delete from channels where id = any(${channels}::text[])),
    forgotten as (delete from objects where key = any(${gone}::text[])),
    versions as (${writeVersions(kept)})
    select distinct poster_key from clip_rows`.execute(db);
  await forgetPosters(db, posters, new Set(removed.rows.map((row) => row.poster_key)));
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
        username = null, display_name = null, avatar_key = null, avatar_version = null,
        name_keys = i.name_keys, words = array_to_tsvector(i.words)
      from json_to_recordset(${JSON.stringify(names)}::json) as i(id text, name_keys text[], words text[])
      where p.id = i.id`.execute(db);
  }
  await sql`
    delete from posters p
    where id = any(${[...ids, ...candidates]}::text[]) and username is null
      and not exists (select from clips c where c.poster_key = p.id)`.execute(db);
}
