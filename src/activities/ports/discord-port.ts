import type { APIMessage } from 'discord-api-types/v10';
import type { ChannelRecord } from '../../clip/channel-record.ts';
import type { MessageContext } from '../../clip/message.ts';
import type { ChannelKind, PlaceCursor, PlacePage, PlaceScope } from '../../clip/places/place.ts';

/** Discord's REST API. Every method throws only failures that `errors.ts` defines. */
export interface DiscordPort {
  /**
   * Fetches a message. The returned message always shows something, such as a text or an attachment.
   * @throws MessageGone, AccessLost, TokenRejected, RateLimited or ServiceFailed. ServiceFailed is also thrown if
   * Discord left out the message's content.
   */
  fetchMessage(channelId: string, messageId: string): Promise<APIMessage>;
  /**
   * Fetches at most `limit` (1 to 100) messages before or after an id, in any order. `onDropped` is told how many entries
   * of the page have no id that can be read, and were left out. If Discord denied access to the channel within the last
   * minute, no request is sent. The call then throws AccessLost. With `waitsForAccess`, it throws RateLimited with the
   * time to wait instead, if the denied request began before `deniedBeforeMs`, in epoch milliseconds by the clock of this
   * process.
   * @throws MessageGone, AccessLost, TokenRejected, RateLimited or ServiceFailed. ServiceFailed is also thrown if
   * Discord left out the content of all messages on the page.
   */
  fetchHistory(
    channelId: string,
    page: {
      before?: string;
      after?: string;
      limit: number;
      onDropped?: (entries: number) => void;
      waitsForAccess?: { deniedBeforeMs: number };
    },
  ): Promise<APIMessage[]>;
  /**
   * Searches a channel or thread for messages with a video. Returns at most `limit` messages, in any order. Discord's
   * search finds only some forms of clips, and its index may lag behind, so the result never proves that a clip is
   * missing.
   * @throws MessageGone, AccessLost, TokenRejected, RateLimited or ServiceFailed. RateLimited also means that Discord is
   * still indexing the guild. A server without such a search fails with a failure that is not retried.
   */
  searchHistory(channelId: string, search: HistorySearch): Promise<APIMessage[]>;
  /**
   * Looks up a channel and checks that its history can be read. If the bot lacks Read Message History, Discord returns
   * empty pages instead of an error. The result may be some minutes old unless `fresh` is set. With `inAnyGuild`,
   * GUILD_IDS and EXCLUDE_CHANNEL_IDS do not apply, because the names in the texts of archived clips are still needed.
   * With `inKnownGuild`, what is known of the guild and of a thread's parent may be a minute old. Many look-ups in one
   * guild then cost one request each. Before a look-up with old answers throws InvalidInput, it asks Discord again.
   * With `mentionedIn`, the names of the active threads that these texts mention are known too.
   * @throws InvalidInput if the channel is unknown, has no messages of its own, cannot be read, or is a channel that
   * GUILD_IDS or EXCLUDE_CHANNEL_IDS does not allow
   */
  readableChannel(
    channelId: string,
    options?: {
      fresh?: boolean;
      inAnyGuild?: boolean;
      inKnownGuild?: boolean;
      mentionedIn?: readonly string[];
    },
  ): Promise<MessageContext>;
  /**
   * True if the settings allow the channel, and the bot could read its history when the channel's guild was last looked
   * up, within the last hour. All channels of a guild share that look-up. False if this is not known, so the caller must
   * look up the channel. Never throws.
   */
  wasReadable(channelId: string): Promise<boolean>;
  /**
   * Returns what the library needs to know of a channel: names, age restriction, and whether @everyone may read it.
   * GUILD_IDS does not apply, because the names of archived clips' channels are still needed. With `isRoutine`, the
   * answer may be ten minutes old. All channels of a guild then share three requests, except for threads.
   * @throws InvalidInput if the channel is unknown or hidden from the bot, or the bot is not in its guild
   */
  describeChannel(channelId: string, options?: { isRoutine?: boolean }): Promise<ChannelRecord>;
  /**
   * Returns what a channel holds. GUILD_IDS does not apply.
   * @throws InvalidInput if the channel is unknown or hidden from the bot
   */
  findChannelKind(channelId: string): Promise<{ channelName: string; kind: ChannelKind }>;
  /**
   * Lists the channels and threads of `scope` that can hold messages, page by page. Without `threads`, only channels
   * are listed. Archived threads of any age are listed. Private archived threads are listed if the bot has Manage
   * Threads or has joined them. A page may be empty although more pages follow, and two pages may name the same thread.
   * Channels that GUILD_IDS or EXCLUDE_CHANNEL_IDS takes out are left out. What is known of a guild may be a minute old
   * unless `fresh` is set. If a request fails after other requests succeeded, the page ends early instead. With
   * `skipsRejected`, a list of threads at the cursor is left out, as an unreadable place, if the server rejects the list
   * without a clear reason. The same is true of a guild in the scope of all guilds. With
   * `endsBeforeArchived`, a page that has places ends before the first list of archived threads.
   * @throws InvalidInput if the scope itself is unknown, hidden from the bot or not allowed; or TokenRejected,
   * RateLimited or ServiceFailed
   */
  listPlaces(
    scope: PlaceScope,
    options: {
      threads: boolean;
      fresh?: boolean;
      cursor?: PlaceCursor | null;
      skipsRejected?: boolean;
      endsBeforeArchived?: boolean;
    },
  ): Promise<PlacePage>;
  /**
   * Returns whether a channel exists and the bot can see it.
   * @throws TokenRejected, RateLimited or ServiceFailed if Discord's answer proves neither
   */
  findChannelState(channelId: string): Promise<ChannelExistence>;
  /**
   * Returns whether a channel exists, and whether the settings allow it. `channelIds` is the setting CHANNEL_IDS.
   * @throws TokenRejected, RateLimited or ServiceFailed if Discord's answer does not prove it
   */
  findWatchState(channelId: string, channelIds: readonly string[]): Promise<WatchState>;
}

/** Which messages a search looks for: the newest ones that are older than `before` and newer than `after`. */
export interface HistorySearch {
  guildId: string;
  /** 1 to 25. */
  limit: number;
  before?: string;
  after?: string;
}

/** `hidden`: the channel exists, but the bot has no access, for example because the bot was removed from the guild. */
export type ChannelExistence = 'visible' | 'hidden' | 'deleted';

/** `hidden` as above. `unwatched`: CHANNEL_IDS, EXCLUDE_CHANNEL_IDS or GUILD_IDS does not allow the channel. */
export type WatchState = 'watched' | 'unwatched' | 'hidden' | 'deleted';
