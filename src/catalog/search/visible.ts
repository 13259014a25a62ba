import { sql, type RawBuilder } from 'kysely';
import type { ClipQuery } from '../catalog.ts';

/**
 * Returns the condition that a clip is listed and that the reader may see the clip. `alias` is the name of the clip's row.
 */
export function isVisible(
  { audience, showDeleted }: Pick<ClipQuery, 'audience' | 'showDeleted'>,
  alias = 'c',
): RawBuilder<unknown> {
  const status = sql.ref(`${alias}.status`);
  const listed =
    showDeleted === true ? sql`${status} <> 'purged'` : sql`${status} not in ('deleted', 'purged')`;
  if (audience.everything) return listed;
  const channel = sql.ref(`${alias}.channel_id`);
  return sql`${listed} and (${channel} = any(${[...audience.channelIds]}::text[])
    or ${channel} in (select id from channels where is_public))`;
}
