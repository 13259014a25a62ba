import { sql, type Kysely } from 'kysely';
import type { Audience, CatalogPicture } from '../catalog.ts';
import type { CatalogTables } from '../schema/tables.ts';
import { isVisible } from '../search/visible.ts';

/** Anything else can't be the id of user data, and PostgreSQL refuses some texts. */
const USER_DATA_ID = /^\d{1,20}(?:-[0-9a-f]{1,64})?$/;

export async function findAvatar(
  db: Kysely<CatalogTables>,
  userDataId: string,
  audience: Audience,
): Promise<CatalogPicture | null> {
  if (!USER_DATA_ID.test(userDataId)) return null;
  const { rows } = await sql<CatalogPicture>`
    select p.avatar_key as key, p.avatar_version as version from posters p
    where p.id = ${userDataId} and p.avatar_key is not null
      and exists (select from clips c where c.poster_key = ${userDataId} and ${isVisible(audience)})`.execute(
    db,
  );
  return rows[0] ?? null;
}
