import * as v from 'valibot';
import type { Poster } from './clip.ts';
import { check, objectOf, optionalOf, quantitySchema, textSchema } from './schemas/basics.ts';
import { defined } from './values.ts';

/** A poster's user data in the bucket, as docs/records.md specifies it. */
export interface UserData {
  /** The id of the user; for a webhook, the webhook's id and a hash of name and avatar. */
  Id: string;
  Name: string;
  Display_Name: string;
  /** Discord's URL of the avatar. */
  Url: string;
  /** Object key of the avatar's copy. */
  Icon?: string;
  /** When the message that showed this user data was posted, epoch seconds. */
  As_Of?: number;
}

/** Discord has six default avatars. */
const DEFAULT_AVATARS = 6n;
/** A stored `As_Of` may be this far in the future, because clocks can be wrong. A later `As_Of` is ignored. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/**
 * Returns the URL of a poster's avatar as a PNG. Discord also serves an animated avatar (`a_…`) as a still .png. If a
 * user has no avatar of their own, the timestamp bits of the user's id determine the default avatar. Source:
 * https://discord.com/developers/docs/reference#image-formatting
 */
export function avatarUrl({ id, avatar }: Poster, cdnOrigin: string): string {
  return avatar === null
    ? `${cdnOrigin}/embed/avatars/${(BigInt(id) >> 22n) % DEFAULT_AVATARS}.png`
    : `${cdnOrigin}/avatars/${id}/${avatar}.png`;
}

/**
 * Returns what people see of a poster. If the stored object and the new object have the same name, display name and
 * avatar URL, no write is needed.
 */
export function shownBy({ Name, Display_Name, Url }: Partial<UserData>): string {
  return JSON.stringify([Name, Display_Name, Url]);
}

/**
 * The fields that a save compares or keeps. They are checked, because anybody with access to the bucket can write the
 * object.
 */
const storedSchema = objectOf({
  Name: optionalOf(textSchema),
  Display_Name: optionalOf(textSchema),
  Url: optionalOf(textSchema),
  Icon: optionalOf(v.pipe(textSchema, v.regex(/^userData\/\d+(-[0-9a-f]+)?\.\w+$/))),
  As_Of: optionalOf(quantitySchema),
});

/** Returns null if the object is not user data. Invalid fields are left out. */
export function parseUserData(body: string, nowMs: number): Partial<UserData> | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const { value } = check(storedSchema, parsed);
  if (value === null) return null;
  const isCredible = value.As_Of !== undefined && value.As_Of * 1000 < nowMs + MAX_AHEAD_MS;
  return defined<Partial<UserData>>({ ...value, As_Of: isCredible ? value.As_Of : undefined });
}
