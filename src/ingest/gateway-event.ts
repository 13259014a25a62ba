import * as v from 'valibot';
import { check, objectOf, snowflakeSchema } from '../clip/schemas/basics.ts';
import { isSnowflake } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';

/**
 * A gateway event as Discord sends it. Ingest reads raw events, because discord.js drops events about
 * messages and channels that are not in its cache.
 */
export interface GatewayEvent {
  /** The type, such as `MESSAGE_CREATE`. */
  t: string | null;
  d: unknown;
}

const CHANNEL_EVENTS =
  /^(CHANNEL|THREAD|GUILD|GUILD_ROLE|GUILD_MEMBER)_(CREATE|UPDATE|DELETE|LIST_SYNC)$/;

/** True if this event may change which channels the bot can see or read. */
export function mayChangeChannels({ t }: GatewayEvent): boolean {
  return t !== null && CHANNEL_EVENTS.test(t);
}

/** Discord's types of events look like this, and have at most 40 characters. */
const KNOWN_FORM = /^[A-Z_]{1,60}$/;

/**
 * Returns the event's type for the metrics. A type that does not look like Discord's counts as `other`, because people
 * see the type in dashboards.
 */
export function metricTypeOf({ t }: GatewayEvent): string {
  return typeof t === 'string' && KNOWN_FORM.test(t) ? t : 'other';
}

const idsSchema = objectOf({ id: snowflakeSchema, channel_id: snowflakeSchema });

/** Invalid ids are left out. An invalid id names no message, and must not stop the work for the other messages. */
const bulkIdsSchema = objectOf({
  ids: v.pipe(
    v.array(v.fallback(v.nullable(snowflakeSchema), null), 'is not a list'),
    v.transform((ids) => ids.filter((id) => id !== null)),
  ),
  channel_id: snowflakeSchema,
});

/** Returns the id of the guild in the data of an event; null outside a guild or if the id is invalid. */
export function readGuildId(data: unknown): string | null {
  const { guild_id: guildId } = data as { guild_id?: unknown };
  return isSnowflake(guildId) ? guildId : null;
}

/** The ids in an event about one or more messages. */
export interface EventIds {
  messageIds: string[];
  channelId: string;
}

/**
 * Reads the ids in an event about messages. Invalid ids are rejected here, because a look-up of an invalid id would
 * fail and be repeated for ever.
 * @throws InvalidInput if an id is missing or malformed
 */
export function readIds({ t, d }: GatewayEvent): EventIds {
  if (t === 'MESSAGE_DELETE_BULK') {
    const { ids, channel_id } = requireValid(check(bulkIdsSchema, d));
    return { messageIds: ids, channelId: channel_id };
  }
  const { id, channel_id } = requireValid(check(idsSchema, d));
  return { messageIds: [id], channelId: channel_id };
}

function requireValid<T>({ value, fault }: { value: T | null; fault: string | null }): T {
  if (value === null) throw invalidInput(`${fault}`);
  return value;
}
