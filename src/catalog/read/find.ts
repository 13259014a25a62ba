import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { CatalogClip, CatalogLink, CatalogState } from '../catalog.ts';
import { RECONCILE_LEASE_MS } from '../reconcile-state.ts';
import type { CatalogTables, ObjectsTable } from '../schema/tables.ts';
import { clipOf, CLIP_COLUMNS, CLIP_JOINS, LINK_COLUMNS, linkOf } from './clip-row.ts';
import type { ClipColumns, LinkColumns } from './clip-row.ts';

/** Anything else can't be the id of a clip, and PostgreSQL refuses some texts. */
const CLIP_ID = /^\d{1,20}-\d{1,20}$/;

export async function findClip(db: Kysely<CatalogTables>, id: string): Promise<CatalogClip | null> {
  if (!CLIP_ID.test(id)) return null;
  const { rows } = await sql<ClipColumns>`
    select ${CLIP_COLUMNS} from clips c ${CLIP_JOINS} where c.id = ${id}`.execute(db);
  return rows[0] === undefined ? null : clipOf(rows[0]);
}

export async function findLink(db: Kysely<CatalogTables>, id: string): Promise<CatalogLink | null> {
  if (!CLIP_ID.test(id)) return null;
  const { rows } = await sql<LinkColumns>`
    select ${LINK_COLUMNS} from clips c
    left join links l on l.clip_id = c.id
    left join channels ch on ch.id = c.channel_id
    where c.id = ${id}`.execute(db);
  return rows[0] === undefined ? null : linkOf(rows[0]);
}

export async function findOldId(db: Kysely<CatalogTables>, hex: string): Promise<string | null> {
  if (!/^[0-9a-f]{8}$/i.test(hex)) return null;
  const { rows } = await sql<{ id: string }>`
    select id from clips where old_id = ${hex.toLowerCase()} order by posted_at_ms, id limit 1`.execute(
    db,
  );
  return rows[0]?.id ?? null;
}

export async function readState(db: Kysely<CatalogTables>): Promise<CatalogState> {
  const { rows } = await sql<{
    clips: number;
    is_running: boolean;
    done: number;
    total: number | null;
    is_incomplete: boolean;
  }>`
    select ${countClips()} as clips,
      coalesce(heartbeat_at > now() - ${RECONCILE_LEASE_MS} * interval '1 ms', false) and owner is not null
        as is_running,
      done, total, finished_at is null as is_incomplete
    from reconcile_state`.execute(db);
  const [state] = rows;
  if (state === undefined) return { clips: 0, reconcile: null, isIncomplete: true };
  return {
    clips: state.clips,
    reconcile: state.is_running ? { done: state.done, total: state.total } : null,
    isIncomplete: state.is_incomplete,
  };
}

export async function isComplete(db: Kysely<CatalogTables>): Promise<boolean> {
  const { rows } = await sql<{ is_complete: boolean }>`
    select finished_at is not null as is_complete from reconcile_state`.execute(db);
  return rows[0]?.is_complete ?? false;
}

export async function readContentVersion(db: Kysely<CatalogTables>): Promise<number | null> {
  const { rows } = await sql<{ content_version: number }>`
    select content_version from reconcile_state where finished_at is not null`.execute(db);
  return rows[0]?.content_version ?? null;
}

/** Up to this many clips are counted exactly. Counting 100,000 clips takes longer than a search. */
const MAX_EXACT_CLIPS = 2000;

/**
 * Counts the clips. For more than MAX_EXACT_CLIPS, PostgreSQL's estimate is enough. The estimate also includes purged
 * clips. `reltuples` is as old as the last vacuum, so the number of pages of now scales it.
 */
function countClips(): RawBuilder<number> {
  return sql`(
    select case when count(*) <= ${MAX_EXACT_CLIPS} then count(*)::float8 else greatest(count(*), (
      select round(reltuples / greatest(relpages, 1) * (pg_relation_size(oid) / current_setting('block_size')::integer))
      from pg_class where oid = 'clips'::regclass)) end
    from (select from clips where status <> 'purged' limit ${MAX_EXACT_CLIPS + 1}) counted)`;
}

export async function readVersions(
  db: Kysely<CatalogTables>,
  prefix: string,
): Promise<Map<string, string>> {
  const { rows } = await sql<ObjectsTable>`
    select key, version from objects where starts_with(key, ${prefix})`.execute(db);
  return new Map(rows.map(({ key, version }) => [key, version]));
}
