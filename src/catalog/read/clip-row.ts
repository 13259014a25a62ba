import { sql } from 'kysely';
import type { CatalogClip, CatalogLink } from '../catalog.ts';
import type {
  ChannelsTable,
  ClipDetailsTable,
  ClipsTable,
  LinksTable,
  PostersTable,
} from '../schema/tables.ts';

/** The columns that a CatalogLink needs, of `clips c`, `links l` and `channels ch`. */
export interface LinkColumns
  extends
    Pick<ClipsTable, 'id' | 'channel_id' | 'guild_id' | 'status' | 'extension'>,
    Pick<LinksTable, 'url' | 'expires_at_ms' | 'issued_at_ms'> {
  is_public: boolean | null;
}

export const LINK_COLUMNS = sql`c.id, c.channel_id, c.guild_id, c.status, l.url, l.expires_at_ms, l.issued_at_ms,
  c.extension, ch.is_public`;

/** The columns that a CatalogClip needs, of the same tables and `posters p`. */
export interface ClipColumns
  extends
    LinkColumns,
    Pick<ClipsTable, 'poster_key' | 'username' | 'posted_at_ms' | 'seconds' | 'is_spoiler'>,
    Pick<ClipsTable, 'is_nsfw' | 'game'>,
    Pick<ClipDetailsTable, 'details'> {
  poster_username: PostersTable['username'];
  display_name: PostersTable['display_name'];
  avatar_key: PostersTable['avatar_key'];
  avatar_version: PostersTable['avatar_version'];
  channel_name: ChannelsTable['name'] | null;
  guild_name: ChannelsTable['guild_name'];
  parent_id: ChannelsTable['parent_id'];
  parent_name: ChannelsTable['parent_name'];
  channel_is_nsfw: boolean | null;
}

export const CLIP_COLUMNS = sql`${LINK_COLUMNS}, c.poster_key, c.username, c.posted_at_ms, c.seconds, c.is_spoiler,
  c.is_nsfw, c.game, d.details, p.username as poster_username, p.display_name, p.avatar_key, p.avatar_version,
  ch.name as channel_name, ch.guild_name, ch.parent_id, ch.parent_name, ch.is_nsfw as channel_is_nsfw`;

/** Joins everything that CLIP_COLUMNS needs to `clips c`. A clip without details is left out. */
export const CLIP_JOINS = sql`join clip_details d on d.clip_id = c.id
  left join links l on l.clip_id = c.id
  left join channels ch on ch.id = c.channel_id
  left join posters p on p.id = c.poster_key`;

export function linkOf(row: LinkColumns): CatalogLink {
  return {
    id: row.id,
    channelId: row.channel_id,
    guildId: row.guild_id,
    status: row.status,
    url: row.url,
    expiresAtMs: row.expires_at_ms,
    issuedAtMs: row.issued_at_ms,
    extension: row.extension,
    isPublic: row.is_public ?? false,
  };
}

export function clipOf(row: ClipColumns): CatalogClip {
  const { details } = row;
  const username = row.poster_username ?? row.username;
  return {
    ...linkOf(row),
    messageId: row.id.split('-', 1)[0] ?? '',
    title: details.title,
    description: details.description,
    filename: details.filename,
    postedAtMs: row.posted_at_ms,
    messageLink: details.messageLink,
    contentType: details.contentType,
    sizeBytes: details.sizeBytes,
    durationSeconds: row.seconds < 0 ? null : row.seconds,
    width: details.width,
    height: details.height,
    codec: details.codec,
    frameRate: details.frameRate,
    hasAudio: details.hasAudio,
    placeholder: details.placeholder,
    thumbnail: details.thumbnail,
    posterImage: details.posterImage,
    storyboard: details.storyboard ?? null,
    deletedAtMs: details.deletedAtMs,
    recordedAtMs: details.recordedAtMs,
    altText: details.altText,
    isSpoiler: row.is_spoiler,
    isNsfw: row.is_nsfw || (row.channel_is_nsfw ?? false),
    game: row.game,
    players: details.players,
    poster: {
      id: row.poster_key,
      username,
      displayName: row.display_name ?? username,
      avatar: row.avatar_key === null ? null : { key: row.avatar_key, version: row.avatar_version },
    },
    channel: {
      id: row.channel_id,
      name: row.channel_name,
      guildName: row.guild_name,
      parentId: row.parent_id,
      parentName: row.parent_name,
    },
  };
}
