import * as v from 'valibot';
import { check, objectOf, snowflakeSchema, textSchema } from './schemas/basics.ts';

/** A channel's JSON object in the bucket, as documented in docs/records.md. */
export interface ChannelRecord {
  Id: string;
  Name: string;
  guildId: string | null;
  Guild_Name: string | null;
  /** The channel of a thread; null for other channels. */
  Parent_Id: string | null;
  Parent_Name: string | null;
  Nsfw: boolean;
  /** True if @everyone may view the channel and read its history. */
  Public: boolean;
}

const orNull = <S extends v.GenericSchema>(schema: S) => v.fallback(v.nullable(schema), null);

/** An invalid `Nsfw` counts as true and an invalid `Public` as false, because doubt must not publish a channel. */
const channelSchema = objectOf({
  Id: snowflakeSchema,
  Name: textSchema,
  guildId: orNull(snowflakeSchema),
  Guild_Name: orNull(textSchema),
  Parent_Id: orNull(snowflakeSchema),
  Parent_Name: orNull(textSchema),
  Nsfw: v.fallback(v.boolean(), true),
  Public: v.fallback(v.boolean(), false),
});

/** Object key of a channel's record. */
export function channelKey(channelId: string): string {
  return `channels/${channelId}.json`;
}

/** Returns null if the object is not a channel's record. */
export function parseChannelRecord(body: string): ChannelRecord | null {
  try {
    return check(channelSchema, JSON.parse(body)).value;
  } catch {
    return null;
  }
}
