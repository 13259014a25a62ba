import { sql, type RawBuilder } from 'kysely';
import type { Audience } from '../catalog.ts';

/** Returns the condition on `clips c` that a clip is listed and that the audience may see the clip. */
export function isVisible(audience: Audience): RawBuilder<unknown> {
  const isListed = sql`c.status not in ('deleted', 'purged')`;
  if (audience.everything) return isListed;
  return sql`${isListed} and (c.channel_id = any(${[...audience.channelIds]}::text[])
    or c.channel_id in (select id from channels where is_public))`;
}
