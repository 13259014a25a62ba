import * as v from 'valibot';
import {
  check,
  objectOf,
  optionalOf,
  quantitySchema,
  snowflakeSchema,
  textSchema,
} from './schemas/basics.ts';
import { defined } from './values.ts';

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
  /** Rises by one with each write. Absent in what Discord says of a channel, and invalid values count as absent. */
  Revision?: number;
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
  Revision: optionalOf(v.pipe(quantitySchema, v.safeInteger())),
});

/** Object key of a channel's record. */
export function channelKey(channelId: string): string {
  return `channels/${channelId}.json`;
}

/** Returns null if the object is not a channel's record. */
export function parseChannelRecord(body: string): ChannelRecord | null {
  try {
    const { value } = check(channelSchema, JSON.parse(body));
    return value && defined<ChannelRecord>(value);
  } catch {
    return null;
  }
}
