import { createHash } from 'node:crypto';
import { addressOf, isWebLink } from '../../clip/link.ts';
import { isCredible, leaseOf } from '../../clip/lease.ts';
import { messageLink, recordKey } from '../../clip/clip.ts';
import { cutMessage } from '../../clip/message/spoilers.ts';
import type { ClipRecord } from '../../clip/record.ts';
import { isSnowflake, snowflakeTimeMs } from '../../clip/snowflake.ts';
import { titleOf } from '../../clip/title.ts';
import type { CatalogStatus } from '../catalog.ts';
import type { ClipDetails, ClipsTable, LinksTable } from '../schema/tables.ts';
import { quote } from '../search/ts-query.ts';
import { nameKeyOf, placedWordsOf } from '../words/words.ts';
import { extensionOf } from './extension.ts';
import {
  fieldsOf,
  nonEmptyTextOf,
  pictureOf,
  quantityOf,
  textOf,
  timeMsOf,
  userIdOf,
} from './fields.ts';
import { oldIdOf } from './old-id.ts';
import { peopleOf, playersOf } from './people.ts';
import { storyboardOf } from './storyboard.ts';

/** A record as rows of the catalog. */
export interface RecordRow {
  /** `words` has the places of the words, but not the tokens that the database adds. */
  clip: ClipsTable & { details: ClipDetails };
  /** The words of the clip, without their places. */
  words: string[];
  link: Omit<LinksTable, 'previous_hash'>;
}

const STATUSES: readonly CatalogStatus[] = [
  ...(['archiving', 'live', 'unreachable', 'deleted', 'stopped', 'purged'] as const),
];
/** Discord's limits, with room for the names that replace mentions. */
const MAX_DESCRIPTION_LENGTH = 8000;
const MAX_TEXT_LENGTH = 1024;
const MAX_NAME_LENGTH = 260;
const MAX_LINK_LENGTH = 2048;
const MAX_SHORT_LENGTH = 100;
/** A thumbhash has at most 25 bytes. */
const MAX_PLACEHOLDER_LENGTH = 64;
/** The limit of `Revision` and `Attempt` in src/clip/record.ts. */
const MAX_COUNT = 2 ** 52;
/** A purged record may have nothing but ids. No late write of the clip has a higher revision, or undoes the purge. */
export const PURGED_REVISION = MAX_COUNT;

const THUMBNAIL_KEY = /^thumb\/\d{1,20}-\d{1,20}\.(?:webp|png|jpg)$/;
const POSTER_IMAGE_KEY = /^poster\/\d{1,20}-\d{1,20}\.jpg$/;
const WEBHOOK_DATA_KEY = /^userData\/(\d{1,20}-[0-9a-f]{1,64})\.json$/;

interface Ids {
  id: string;
  messageId: string;
  channelId: string;
}

/**
 * Projects a record to its rows. Returns null if the record's ids are invalid or if the record does not belong at `key`.
 * Invalid fields are left out, and long texts are cut. `nowMs` tells links that claim too long a lease.
 */
export function projectRecord(key: string, record: unknown, nowMs: number): RecordRow | null {
  const fields = fieldsOf(record);
  const ids = idsOf(key, fields);
  if (ids === null) return null;
  const status = STATUSES.find((known) => known === fields.Status) ?? 'unreachable';
  const revision = countOf(fields.Revision);
  if (status === 'purged') return rowOf(purgedClip(ids), null, PURGED_REVISION, 0, nowMs);
  if (revision === null) return null;
  const url = linkOf(fields.Attachment_URL);
  const clip = clipOf(ids, status, fields, url);
  return rowOf(clip, url, revision, countOf(fields.Attempt) ?? 0, nowMs);
}

function idsOf(key: string, fields: Readonly<Record<string, unknown>>): Ids | null {
  const { Id, channelId } = fields;
  if (typeof Id !== 'string' || !isSnowflake(channelId)) return null;
  const [messageId, attachmentId, ...more] = Id.split('-');
  if (!isSnowflake(messageId) || !isSnowflake(attachmentId) || more.length > 0) return null;
  if (key !== recordKey({ messageId, attachmentId, channelId })) return null;
  return { id: Id, messageId, channelId };
}

/** Returns the revision by which records of one clip are compared. */
export function revisionOf({ Status, Revision }: ClipRecord): number {
  return (Status as CatalogStatus) === 'purged' ? PURGED_REVISION : Revision;
}

/** Returns a revision or an attempt, or null. */
function countOf(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) < MAX_COUNT
    ? Number(value)
    : null;
}

function linkOf(value: unknown): string | null {
  return isWebLink(value) && value.length <= MAX_LINK_LENGTH
    ? textOf(value, MAX_LINK_LENGTH)
    : null;
}

type ClipWithWords = Pick<RecordRow, 'clip' | 'words'>;

function rowOf(
  { clip, words }: ClipWithWords,
  url: string | null,
  revision: number,
  attempt: number,
  nowMs: number,
): RecordRow {
  const lease = url === null ? null : leaseOf(url);
  const credible = lease !== null && isCredible(lease, nowMs) ? lease : null;
  return {
    clip,
    words,
    link: {
      clip_id: clip.id,
      url,
      issued_at_ms: credible === null ? null : msOf(credible.issuedAt),
      expires_at_ms: credible === null ? null : credible.expiresAt * 1000,
      revision,
      attempt,
      content_hash: createHash('md5').update(JSON.stringify(clip)).digest('base64'),
    },
  };
}

function msOf(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

function clipOf(
  { id, messageId, channelId }: Ids,
  status: CatalogStatus,
  fields: Readonly<Record<string, unknown>>,
  url: string | null,
): ClipWithWords {
  const postedAtMs = timeMsOf(fields.Date) ?? snowflakeTimeMs(messageId);
  const posterId = userIdOf(fields.Poster_Id) ?? '';
  const username = textOf(fields.Poster, MAX_NAME_LENGTH) ?? '';
  const description = descriptionOf(fields.Description);
  const filename = textOf(fields.Filename, MAX_NAME_LENGTH) ?? '';
  const discordTitle = nonEmptyTextOf(fields.Title, MAX_TEXT_LENGTH);
  const altText = nonEmptyTextOf(fields.Alt_Text, MAX_TEXT_LENGTH);
  const contentType = nonEmptyTextOf(fields.Content_Type, MAX_SHORT_LENGTH);
  const game = nonEmptyTextOf(fields.Game, MAX_NAME_LENGTH);
  const guildId = isSnowflake(fields.guildId) ? fields.guildId : null;
  const width = quantityOf(fields.Width);
  const height = quantityOf(fields.Height);
  const hasAudio = typeof fields.Has_Audio === 'boolean' ? fields.Has_Audio : null;
  const players = playersOf(fields.Players);
  const title = titleOf({ title: discordTitle, description, filename, poster: username });
  const webhookData = WEBHOOK_DATA_KEY.exec(String(fields.User_Data))?.[1];
  const words = placedWordsOf([
    ...[discordTitle ?? '', filename, username, game ?? ''],
    ...players.flatMap((player) => [player.Name, player.Display_Name]),
    ...[altText ?? '', description],
  ]);
  const clip: RecordRow['clip'] = {
    id,
    channel_id: channelId,
    guild_id: guildId,
    poster_key: webhookData ?? posterId,
    poster_id: posterId,
    username,
    status,
    posted_at_ms: postedAtMs,
    seconds: quantityOf(fields.Runtime) ?? -1,
    random: randomOf(id),
    old_id: url === null ? null : oldIdOf({ posterId, postedAtMs, url: addressOf(url) }),
    game_key: game === null ? null : nameKeyOf(game),
    game,
    people: peopleOf(players, description),
    is_vertical: width !== null && height !== null && height > width,
    is_silent: hasAudio === false,
    is_spoiler: fields.Spoiler === true,
    is_nsfw: fields.Nsfw === true,
    extension: extensionOf(url, contentType),
    words: vectorOf(words),
    details: {
      title,
      description,
      filename,
      messageLink: messageLinkOf(fields.Link_to_message, { id, messageId, channelId }, guildId),
      contentType,
      sizeBytes: quantityOf(fields.Size),
      width,
      height,
      codec: nonEmptyTextOf(fields.Codec, MAX_SHORT_LENGTH),
      frameRate: quantityOf(fields.Frame_Rate),
      hasAudio,
      placeholder: placeholderOf(fields.Placeholder),
      thumbnail: pictureOf(fields.Thumbnail, fields.Thumbnail_Hash, THUMBNAIL_KEY),
      posterImage: pictureOf(fields.Poster_Image, fields.Poster_Image_Hash, POSTER_IMAGE_KEY),
      storyboard: storyboardOf(fields),
      deletedAtMs: timeMsOf(fields.Deleted_At),
      recordedAtMs: timeMsOf(fields.Clipped_At) ?? timeMsOf(fields.Created_At),
      altText,
      players,
    },
  };
  return { clip, words: [...words.keys()] };
}

/** Returns words and their places in PostgreSQL's syntax for tsvector. */
function vectorOf(words: ReadonlyMap<string, readonly number[]>): string {
  return [...words].map(([word, places]) => `${quote(word)}:${places.join(',')}`).join(' ');
}

function descriptionOf(value: unknown): string {
  const text = typeof value === 'string' ? cutMessage(value, MAX_DESCRIPTION_LENGTH) : value;
  return textOf(text, MAX_DESCRIPTION_LENGTH) ?? '';
}

/** A link to another message would mislead, so only its origin may differ from Discord's. */
function messageLinkOf(
  value: unknown,
  { messageId, channelId }: Ids,
  guildId: string | null,
): string {
  const expected = messageLink({ guildId, channelId, messageId });
  const path = expected.slice(expected.indexOf('/channels/'));
  const text = textOf(value, MAX_LINK_LENGTH);
  return text !== null && isWebLink(text) && text.endsWith(path) ? text : expected;
}

function placeholderOf(value: unknown): string | null {
  const text = nonEmptyTextOf(value, MAX_PLACEHOLDER_LENGTH);
  return text !== null && /^[A-Za-z0-9+/=]+$/.test(text) ? text : null;
}

const RANDOM_HEX_DIGITS = 13;

function randomOf(id: string): number {
  const digits = createHash('md5').update(id).digest('hex').slice(0, RANDOM_HEX_DIGITS);
  return parseInt(digits, 16) / 16 ** RANDOM_HEX_DIGITS;
}

function purgedClip(ids: Ids): ClipWithWords {
  const { clip } = clipOf(ids, 'purged', {}, null);
  return { clip: { ...clip, words: '', details: { ...clip.details, title: '' } }, words: [] };
}
