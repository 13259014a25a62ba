import * as v from 'valibot';
import { check, objectOf, snowflakeSchema, switchSchema, type Checked } from './basics.ts';

/** A channel, thread or guild that the gateway reported as deleted. A guild may also have removed the bot. */
export type DeletedPlace = { channelId: string; mayHaveThreads: boolean } | { guildId: string };

const channelSchema = objectOf({ channelId: snowflakeSchema, mayHaveThreads: switchSchema });
const guildSchema = objectOf({ guildId: snowflakeSchema });

/** Checks the input of the workflow `deletion`. */
export function checkDeletedPlace(value: unknown): Checked<DeletedPlace> {
  const isGuild = v.is(v.object({ guildId: v.unknown() }), value);
  return isGuild ? check(guildSchema, value) : check(channelSchema, value);
}
