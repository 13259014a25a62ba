import { sql, type Kysely } from 'kysely';
import type { Audience, LivePage, RecordedPoster } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { findNames } from '../search/names.ts';
import { clipOf, type ClipColumns } from './clip-row.ts';

/** See `Catalog.listLive`. */
export async function listLive(
  db: Kysely<CatalogTables>,
  audience: Audience,
  { after, limit }: { after: string | null; limit: number },
): Promise<LivePage> {
  const channels = await findChannels(db, audience);
  // The empty text comes before every id.
  const found = await sql<{ id: string }>`
    select id from live_ids(${after ?? ''}, ${channels}::text[], ${limit})`.execute(db);
  const ids = found.rows.map(({ id }) => id);
  const { rows } = await sql<ClipColumns>`select * from read_clips(${ids}::text[])`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    // A clip that was removed meanwhile is left out.
    clips: ids.flatMap((id) => {
      const row = byId.get(id);
      return row === undefined ? [] : { clip: clipOf(row), recordedName: row.username };
    }),
    next: ids.length < limit ? null : (ids.at(-1) ?? null),
  };
}

/** See `Catalog.listRecordedPosters`. Reads all clips. With 60,000 clips, PGlite took 0.2 s. */
export async function listRecordedPosters(
  db: Kysely<CatalogTables>,
  audience: Audience,
): Promise<RecordedPoster[]> {
  const channels = await findChannels(db, audience);
  const isListed = channels === null ? sql`true` : sql`c.channel_id = any(${channels}::text[])`;
  const { rows } = await sql<PosterColumns>`
    with names as (
      select c.username, c.poster_key, max(c.posted_at_ms) as latest from clips c
      where c.status = 'live' and ${isListed} group by c.username, c.poster_key)
    select distinct on (n.username collate "C") n.username, n.poster_key, p.username as poster_username,
      p.display_name, p.avatar_key, p.avatar_version
    from names n left join posters p on p.id = n.poster_key
    order by n.username collate "C", n.latest desc, n.poster_key`.execute(db);
  return rows.map((row) => {
    const username = row.poster_username ?? row.username;
    const { avatar_key: key, avatar_version: version } = row;
    return {
      recordedName: row.username,
      poster: {
        id: row.poster_key,
        username,
        displayName: row.display_name ?? username,
        avatar: key === null ? null : { key, version },
      },
    };
  });
}

type PosterColumns = Pick<
  ClipColumns,
  'username' | 'poster_key' | 'poster_username' | 'display_name' | 'avatar_key' | 'avatar_version'
>;

/** Returns the channels whose clips the audience may see; null for all. */
async function findChannels(
  db: Kysely<CatalogTables>,
  audience: Audience,
): Promise<string[] | null> {
  return (await findNames(db, { audience }, [])).audience;
}
