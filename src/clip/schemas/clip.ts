import * as v from 'valibot';
import type { Clip, Player, Poster } from '../clip.ts';
import type { ClipDetails } from '../message/details.ts';
import { cutTexts } from './cut-texts.ts';
import {
  check,
  objectOf,
  optionalOf,
  quantitySchema,
  snowflakeSchema,
  textSchema,
  userIdSchema,
  webLinkSchema,
  type Checked,
} from './basics.ts';

/** One schema per field. A field without a schema would be stripped. */
type EntriesOf<T> = Record<keyof T, v.GenericSchema>;

const playerSchema = objectOf({
  id: userIdSchema,
  username: textSchema,
  displayName: textSchema,
} satisfies EntriesOf<Player>);

const posterSchema = objectOf({
  id: userIdSchema,
  username: textSchema,
  displayName: textSchema,
  avatar: v.nullable(textSchema),
  // This id becomes part of object keys in the bucket, so only digits, a dash and hexadecimal digits are allowed.
  userDataId: optionalOf(v.pipe(textSchema, v.regex(/^\d+-[0-9a-f]+$/))),
} satisfies EntriesOf<Poster>);

const trueSchema = v.literal(true, 'is not true');

const details = {
  title: optionalOf(textSchema),
  altText: optionalOf(textSchema),
  spoiler: optionalOf(trueSchema),
  players: optionalOf(v.array(playerSchema)),
  game: optionalOf(textSchema),
  clippedAtMs: optionalOf(quantitySchema),
  webhookId: optionalOf(snowflakeSchema),
  webUrl: optionalOf(webLinkSchema),
} satisfies EntriesOf<ClipDetails>;

/** The details of a clip that an edit of its message can change. Invalid details are left out. */
export const detailsSchema = objectOf(details);

const clipSchema = objectOf({
  messageId: snowflakeSchema,
  attachmentId: snowflakeSchema,
  channelId: snowflakeSchema,
  channelName: textSchema,
  guildId: v.nullable(snowflakeSchema),
  guildName: v.nullable(textSchema),
  poster: posterSchema,
  postedAtMs: quantitySchema,
  description: textSchema,
  filename: v.pipe(textSchema, v.nonEmpty('is empty')),
  url: webLinkSchema,
  sizeBytes: optionalOf(quantitySchema),
  contentType: optionalOf(textSchema),
  width: optionalOf(quantitySchema),
  height: optionalOf(quantitySchema),
  durationSeconds: optionalOf(quantitySchema),
  placeholder: optionalOf(textSchema),
  nsfw: optionalOf(trueSchema),
  postedBy: optionalOf(posterSchema),
  ...details,
} satisfies EntriesOf<Clip>);

/** Returns the poster without unknown fields, or null if the poster is malformed. */
export function checkPoster(value: unknown): Poster | null {
  return cutTexts(check(posterSchema, value).value as Poster | null);
}

/** Returns the details without unknown and invalid fields. */
export function checkDetails(value: ClipDetails): ClipDetails {
  return cutTexts((check(detailsSchema, value).value ?? {}) as ClipDetails);
}

/** Checks whether a value is a valid clip. */
export function checkClip(value: unknown): Checked<Clip> {
  return check(clipSchema, value) as Checked<Clip>;
}
