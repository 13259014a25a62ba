import type { APIOverwrite, ChannelType, Snowflake } from 'discord-api-types/v10';

/** What must stay the same over a restart, so that links handed out before it still work. */
export interface Settings {
  readonly secret: string;
  readonly port: number;
  readonly botId: Snowflake;
}

export interface User {
  readonly id: Snowflake;
  readonly username: string;
  readonly globalName: string | null;
  /** The avatar's hash, which is part of its address; null: none. */
  readonly avatar: string | null;
  readonly bot: boolean;
}

export interface Guild {
  readonly id: Snowflake;
  readonly name: string;
  readonly ownerId: Snowflake;
  /** When the bot joined, ISO 8601. */
  readonly joinedAt: string;
}

export interface Channel {
  readonly id: Snowflake;
  readonly guildId: Snowflake;
  readonly name: string;
  readonly type: ChannelType;
  readonly parentId: Snowflake | null;
  readonly position: number;
  readonly overwrites: readonly APIOverwrite[];
  /** When a thread was archived, ISO 8601; null for open threads and all other channels. */
  readonly archivedAt: string | null;
}

/** An attachment. Its link is no part of it: links are signed anew for each answer. */
export interface StoredFile {
  readonly id: Snowflake;
  /** The channel that it was uploaded to; a forward into another channel keeps it. */
  readonly channelId: Snowflake;
  readonly filename: string;
  readonly title?: string;
  readonly size: number;
  readonly contentType?: string;
  readonly width?: number;
  readonly height?: number;
  readonly durationSeconds?: number;
  readonly placeholder?: string;
}

/**
 * What a forward keeps of the message that it forwards; later changes of that one don't reach it.
 */
export interface Snapshot {
  readonly guildId: Snowflake;
  readonly channelId: Snowflake;
  readonly messageId: Snowflake;
  readonly content: string;
  readonly timestamp: string;
  readonly editedTimestamp: string | null;
  readonly files: readonly StoredFile[];
}

export interface Message {
  readonly id: Snowflake;
  readonly channelId: Snowflake;
  readonly authorId: Snowflake;
  readonly content: string;
  /** ISO 8601, as is `editedTimestamp`. */
  readonly timestamp: string;
  readonly editedTimestamp: string | null;
  readonly files: readonly StoredFile[];
  readonly mentions: readonly Snowflake[];
  readonly forward: Snapshot | null;
}

/** What one kind of entry in the journal holds. */
export interface Entities {
  settings: Settings;
  user: User;
  guild: Guild;
  channel: Channel;
  message: Message;
}

/** One line of the journal: an entity as it is from now on, or the news that it is gone. */
export type Entry =
  | { [K in keyof Entities]: { readonly put: K; readonly value: Entities[K] } }[keyof Entities]
  | { readonly gone: 'channel'; readonly id: Snowflake }
  | { readonly gone: 'message'; readonly id: Snowflake; readonly channelId: Snowflake };
