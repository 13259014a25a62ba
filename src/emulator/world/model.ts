import type { APIOverwrite, AttachmentFlags, ChannelType, Snowflake } from 'discord-api-types/v10';

/** Values that survive a restart, so that links handed out before the restart still work. */
export interface Settings {
  /** Signs attachment links. */
  readonly secret: string;
  /** The port of the last start; 0 before the first start. */
  readonly port: number;
  readonly botId: Snowflake;
}

export interface User {
  readonly id: Snowflake;
  readonly username: string;
  readonly globalName: string | null;
  /** The avatar's hash, which is part of its URL; null if the user has no avatar. */
  readonly avatar: string | null;
  readonly bot: boolean;
}

export interface Guild {
  readonly id: Snowflake;
  readonly name: string;
  readonly ownerId: Snowflake;
  /** When the bot joined, ISO 8601. */
  readonly joinedAt: string;
  /** The number of members that the guild claims to have; by default, the number of all users. */
  readonly memberCount?: number;
  /** False if the bot was removed from the guild. */
  readonly hasBot?: boolean;
}

export interface Channel {
  readonly id: Snowflake;
  readonly guildId: Snowflake;
  readonly name: string;
  readonly type: ChannelType;
  /** The channel that a thread belongs to, or the category of a channel. */
  readonly parentId: Snowflake | null;
  readonly position: number;
  readonly overwrites: readonly APIOverwrite[];
  /** When a thread was archived, ISO 8601; null for active threads and all other channels. */
  readonly archivedAt: string | null;
  /** True if the channel is age-restricted. */
  readonly nsfw?: boolean;
  /** True if the bot was added to the thread. */
  readonly hasBot?: boolean;
}

/** An attachment, without a link, because each answer signs a new link. */
export interface StoredFile {
  readonly id: Snowflake;
  /** The id of the channel that the file was uploaded to. A forward to another channel keeps this id. */
  readonly channelId: Snowflake;
  readonly filename: string;
  readonly title?: string;
  /** In bytes. */
  readonly size: number;
  readonly contentType?: string;
  readonly width?: number;
  readonly height?: number;
  readonly durationSeconds?: number;
  readonly placeholder?: string;
  readonly altText?: string;
  readonly flags?: AttachmentFlags;
  readonly clip?: StreamClip;
}

/** What Discord says about a clip that was made with Discord's own Clips feature. */
export interface StreamClip {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly game?: string;
  /** Ids of the users in the stream. */
  readonly players: readonly Snowflake[];
}

/** The name and avatar that a webhook shows with one message. */
export interface WebhookAuthor {
  readonly id: Snowflake;
  readonly username: string;
  /** The avatar's hash; null if the message shows a default avatar. */
  readonly avatar: string | null;
}

/**
 * A component of a message, in Discord's format. A media item names one of the message's files by
 * `attachment://<filename>`, as in the request of a bot.
 * https://docs.discord.com/developers/components/reference
 */
export interface Component {
  readonly type: number;
  readonly [field: string]: unknown;
}

/** A forward's copy of the original message. Later changes to the original don't reach the copy. */
export interface Snapshot {
  readonly guildId: Snowflake;
  readonly channelId: Snowflake;
  readonly messageId: Snowflake;
  readonly content: string;
  readonly timestamp: string;
  readonly editedTimestamp: string | null;
  readonly files: readonly StoredFile[];
  readonly components?: readonly Component[];
}

export interface Message {
  readonly id: Snowflake;
  readonly channelId: Snowflake;
  readonly authorId: Snowflake;
  readonly content: string;
  /** ISO 8601, like `editedTimestamp`. */
  readonly timestamp: string;
  readonly editedTimestamp: string | null;
  readonly files: readonly StoredFile[];
  /** Ids of the mentioned users. */
  readonly mentions: readonly Snowflake[];
  readonly forward: Snapshot | null;
  /** Components V2, which show the files in place of the message's attachments. */
  readonly components?: readonly Component[];
  /** The webhook that posted the message. */
  readonly webhook?: WebhookAuthor;
  /** If the message is a bot's answer to a command, the id of the user who ran the command. */
  readonly commandBy?: Snowflake;
}

/** The kinds of entities in the journal, and the type of each kind. */
export interface Entities {
  settings: Settings;
  user: User;
  guild: Guild;
  channel: Channel;
  message: Message;
}

/** One line of the journal, which contains the new state of an entity, or a deletion. */
export type Entry =
  | { [K in keyof Entities]: { readonly put: K; readonly value: Entities[K] } }[keyof Entities]
  | { readonly gone: 'channel' | 'guild'; readonly id: Snowflake }
  | { readonly gone: 'message'; readonly id: Snowflake; readonly channelId: Snowflake };

/** A change that the gateway announces to its clients. */
export type WorldEvent =
  | { readonly type: 'guildCreate'; readonly guild: Guild }
  | { readonly type: 'guildDelete'; readonly guild: Guild }
  | {
      readonly type: 'channelCreate' | 'channelUpdate' | 'channelDelete';
      readonly channel: Channel;
    }
  | { readonly type: 'messageCreate' | 'messageUpdate'; readonly message: Message }
  | { readonly type: 'messageDelete'; readonly channelId: Snowflake; readonly id: Snowflake }
  | {
      readonly type: 'messageDeleteBulk';
      readonly channelId: Snowflake;
      readonly ids: Snowflake[];
    };
