import { createHash } from 'node:crypto';
import { avatarKey } from '../../clip/clip.ts';
import { isSnowflake } from '../../clip/snowflake.ts';
import type { ChannelsTable } from '../schema/tables.ts';
import { nameKeyOf, wordsOf } from '../words/words.ts';
import { fieldsOf, nonEmptyTextOf, pictureOf, quantityOf, textOf } from './fields.ts';

const MAX_NAME_LENGTH = 200;

/** A channel as a row. `words` is a list here, and a tsvector in the database. */
export type ChannelRow = Omit<ChannelsTable, 'words'> & { words: string[] };

/** Projects a channel's record. Returns null if the record does not belong at `key`. Doubt never publishes a channel. */
export function projectChannel(key: string, channel: unknown): ChannelRow | null {
  const fields = fieldsOf(channel);
  const { Id } = fields;
  if (!isSnowflake(Id) || key !== `channels/${Id}.json`) return null;
  const name = textOf(fields.Name, MAX_NAME_LENGTH);
  if (name === null) return null;
  const parentName = textOf(fields.Parent_Name, MAX_NAME_LENGTH);
  return {
    id: Id,
    name,
    name_key: nameKeyOf(name),
    guild_id: isSnowflake(fields.guildId) ? fields.guildId : null,
    guild_name: nonEmptyTextOf(fields.Guild_Name, MAX_NAME_LENGTH),
    parent_id: isSnowflake(fields.Parent_Id) ? fields.Parent_Id : null,
    parent_name: parentName,
    parent_key: parentName === null ? null : nameKeyOf(parentName),
    is_nsfw: fields.Nsfw !== false,
    is_public: fields.Public === true,
    revision: quantityOf(fields.Revision) ?? 0,
    words: wordsOf([name, parentName ?? '']),
  };
}

/** A poster's user data as a row; `name_keys` and `words` are added to those of earlier names. */
export interface PosterRow {
  id: string;
  username: string;
  display_name: string;
  avatar_key: string | null;
  avatar_version: string | null;
  as_of: number;
  name_keys: string[];
  words: string[];
}

const USER_DATA_ID = /^\d{1,20}(?:-[0-9a-f]{1,64})?$/;
const VERSION_DIGITS = 16;

/**
 * Projects user data. Returns null if they do not belong at `key`. The version of the avatar is a hash of Discord's
 * URL, because that URL changes whenever the avatar changes.
 */
export function projectPoster(key: string, user: unknown): PosterRow | null {
  const fields = fieldsOf(user);
  const { Id } = fields;
  if (typeof Id !== 'string' || !USER_DATA_ID.test(Id) || key !== `userData/${Id}.json`)
    return null;
  const username = nonEmptyTextOf(fields.Name, MAX_NAME_LENGTH);
  if (username === null) return null;
  const displayName = nonEmptyTextOf(fields.Display_Name, MAX_NAME_LENGTH) ?? username;
  const avatar = pictureOf(fields.Icon, null, AVATAR_KEY);
  const isOwn = avatar?.key.startsWith(avatarKey(Id, '')) ?? false;
  return {
    id: Id,
    username,
    display_name: displayName,
    avatar_key: isOwn ? (avatar?.key ?? null) : null,
    avatar_version:
      isOwn && typeof fields.Url === 'string'
        ? createHash('md5').update(fields.Url).digest('hex').slice(0, VERSION_DIGITS)
        : null,
    as_of: quantityOf(fields.As_Of) ?? 0,
    ...namesOf([username, displayName]),
  };
}

const AVATAR_KEY = /^userData\/\d{1,20}(?:-[0-9a-f]{1,64})?\.(?:png|jpg|gif|webp)$/;

/** Returns what a poster is found by. */
export function namesOf(names: readonly string[]): Pick<PosterRow, 'name_keys' | 'words'> {
  return { name_keys: [...new Set(names.map(nameKeyOf))], words: wordsOf(names) };
}
