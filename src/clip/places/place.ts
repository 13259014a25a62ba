/**
 * What to list: a channel with its threads, where a category or a forum stands for everything in it; a guild; or every
 * guild that the bot is in and that GUILD_IDS allows.
 */
export type PlaceScope = { channelId: string } | { guildId: string } | { all: true };

/** A channel or thread that can hold messages. */
export interface Place {
  channelId: string;
  channelName: string;
  /** Null outside a guild. */
  guildId: string | null;
  /** Discord's number for the channel's type, such as 0 for a text channel and 11 for a public thread. */
  type: number;
  /** The channel that a thread belongs to; null for a channel that is not a thread. */
  parentId: string | null;
  /** The id of the newest message, which may be deleted; null if Discord names none. */
  lastMessageId: string | null;
}

/**
 * A channel or thread whose history the bot cannot read, or a channel or server of which the bot cannot list all threads.
 * A channel can be there once for each list.
 */
export interface UnreadablePlace {
  /** The id of the server if its active threads cannot be listed. */
  channelId: string;
  channelName: string;
  /** One sentence that says what to grant. */
  reason: string;
}

/**
 * What a channel holds: other channels, only threads, messages and threads, or only messages. A media channel counts as
 * a forum.
 */
export type ChannelKind = 'category' | 'forum' | 'threaded' | 'plain';

/** Where the next page of places begins. Callers pass the cursor on unchanged. */
export interface PlaceCursor {
  guildId: string;
  /**
   * `channels` lists the guild's channels and active threads. `archived` lists archived threads of one channel.
   * `revived` lists the threads that became active during the listing. `next` goes on with the guild after this one.
   */
  step: 'channels' | 'archived' | 'revived' | 'next';
  /** The channel whose archived threads come next; null unless `step` is `archived`. */
  parentId: string | null;
  list: 'public' | 'private' | 'joined';
  /** The time or the thread id at which the next page of the list begins; null for the first page. */
  before: string | null;
  /** When the listing of the guild began, in epoch milliseconds. */
  startedAtMs: number;
  /** Active threads that were listed, and that the step `revived` would find again. Absent if there are none. */
  listedThreadIds?: string[];
}

export interface PlacePage {
  readable: Place[];
  unreadable: UnreadablePlace[];
  /** Null if no more places follow. */
  next: PlaceCursor | null;
}
