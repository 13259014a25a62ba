import type { ChannelRecord } from '../clip/channel-record.ts';
import type { ClipRecord, RecordedPlayer } from '../clip/record.ts';
import type { ClipStatus } from '../clip/state.ts';
import type { UserData } from '../clip/user-data.ts';

/** The statuses of clips in the catalog. A purged clip has nothing but its ids. */
export type CatalogStatus = ClipStatus | 'purged';

/** The video file behind a clip, as far as a redirect needs it. */
export interface CatalogLink {
  id: string;
  channelId: string;
  guildId: string | null;
  status: CatalogStatus;
  /** Discord's link; null for a purged clip. Never log it, because the link is a secret. */
  url: string | null;
  /** When the link expires, epoch milliseconds; null if the link has no expiry that Everclip can read. */
  expiresAtMs: number | null;
  /** When the link was signed, epoch milliseconds; null if unknown. */
  issuedAtMs: number | null;
  /** The file's real ending without a dot, such as `mp4` or `mov`. */
  extension: string;
  /** True if @everyone may view the channel and read its history. False while this is unknown. */
  isPublic: boolean;
}

/** A picture in the bucket. `version` is the hash of the picture's bytes; null for pictures of an older Everclip. */
export interface CatalogPicture {
  key: string;
  version: string | null;
}

/** Frames across a clip in one picture: two rows of five cells, filled from the left. */
export interface CatalogStoryboard extends CatalogPicture {
  /** When each frame is shown, seconds from the start of the clip. */
  times: number[];
}

/** A clip as pages show it. Times are in epoch milliseconds, sizes in bytes, durations in seconds. */
export interface CatalogClip extends CatalogLink {
  messageId: string;
  /** By `titleOf` (src/clip/title.ts). */
  title: string;
  description: string;
  /** The file name without its extension. */
  filename: string;
  postedAtMs: number;
  messageLink: string;
  contentType: string | null;
  sizeBytes: number | null;
  durationSeconds: number | null;
  /** In pixels after rotation. */
  width: number | null;
  height: number | null;
  codec: string | null;
  frameRate: number | null;
  hasAudio: boolean | null;
  /** Discord's thumbhash, base64. */
  placeholder: string | null;
  thumbnail: CatalogPicture | null;
  posterImage: CatalogPicture | null;
  /** Null if the clip has no storyboard. */
  storyboard: CatalogStoryboard | null;
  deletedAtMs: number | null;
  /** When the clip was recorded, according to Discord or to the recorder; null if unknown. */
  recordedAtMs: number | null;
  altText: string | null;
  isSpoiler: boolean;
  /** True if the clip or its channel is age-restricted. */
  isNsfw: boolean;
  game: string | null;
  players: RecordedPlayer[];
  poster: CatalogPoster;
  channel: CatalogChannel;
}

export interface CatalogPoster {
  id: string;
  username: string;
  displayName: string;
  avatar: CatalogPicture | null;
}

/** The names are null until a worker has stored them. */
export interface CatalogChannel {
  id: string;
  name: string | null;
  guildName: string | null;
  parentId: string | null;
  parentName: string | null;
}

/** Whose clips a reader may see: all clips, or the clips of public channels and of these channels. */
export type Audience = { everything: true } | { everything: false; channelIds: readonly string[] };

export const SORTS = ['newest', 'oldest', 'longest', 'random'] as const;
export type Sort = (typeof SORTS)[number];

/** What a reader searches for. All conditions must hold. Texts are as the reader typed them. */
export interface ClipQuery {
  audience: Audience;
  /** Every word of the text must begin a word of the clip. */
  text?: string;
  /** Phrases. The words of each phrase must stand one after the other, as whole words, in one text of the clip. */
  exact?: readonly string[];
  /** A clip must match none of these: a word as in `text`, or several words as in `exact`. */
  without?: readonly string[];
  /** Names or ids. A clip matches if any of them fits. */
  from?: readonly string[];
  in?: readonly string[];
  with?: readonly string[];
  game?: readonly string[];
  /** Epoch milliseconds; `beforeMs` is exclusive, `afterMs` is inclusive. */
  beforeMs?: number;
  afterMs?: number;
  longerSeconds?: number;
  shorterSeconds?: number;
  isVertical?: boolean;
  isSilent?: boolean;
  isSpoiler?: boolean;
  /** Deleted clips are left out unless this is true. */
  showDeleted?: boolean;
  sort?: Sort;
  /** The starting point of the sort `random`, from 0 up to 1. */
  seed?: number;
}

export interface ClipPage {
  clips: CatalogClip[];
  /** The cursor of the next page; null on the last page. */
  next: string | null;
  /** The number of clips that match, at most MAX_COUNT. */
  count: number;
  /** Clips that match only roughly, if there are fewer than 8 exact hits on the first page of a search by text. */
  closeMatches: CatalogClip[];
}

/** The clips beside a clip in the list of a search. */
export interface Neighbours {
  /** Null if the clip is the first of the list. */
  previous: CatalogClip | null;
  /** The clips after the clip, in order. */
  next: CatalogClip[];
}

/** Counts stop here. A count of 1,001 means "more than 1,000". */
export const MAX_COUNT = 1001;

export interface Facet {
  /** The value to filter by: an id for posters and channels, a name for games. */
  value: string;
  label: string;
  /** At most MAX_COUNT. */
  count: number;
}

export interface Facets {
  posters: Facet[];
  channels: Facet[];
  games: Facet[];
}

/** A live clip with the poster's name in the record, which may differ from the poster's name of today. */
export interface LiveClip {
  clip: CatalogClip;
  recordedName: string;
}

export interface LivePage {
  clips: LiveClip[];
  /** Where the next page begins; null on the last page. A page may have fewer clips than asked for. */
  next: string | null;
}

/** A name in the records of live clips, with the poster of the latest of these clips. */
export interface RecordedPoster {
  recordedName: string;
  poster: CatalogPoster;
}

/** What a page about a poster, a channel or a game says of all its clips that the reader may see. */
export interface ClipSummary {
  /** The exact number of clips. */
  count: number;
  /** The length of all clips together. Clips of unknown length count as nothing. */
  seconds: number;
  first: CatalogClip;
  latest: CatalogClip;
  /** Null if no length is known. */
  longest: CatalogClip | null;
  /** The posters with the most clips. */
  posters: Facet[];
  /** The people who are in the most clips of other posters, as players or because the message mentions them. */
  people: Facet[];
}

/** Asks for clips of certain days. Times are epoch milliseconds; `toMs` is exclusive. */
export interface DaysQuery extends Pick<ClipQuery, 'audience' | 'showDeleted'> {
  days: readonly { fromMs: number; toMs: number }[];
  /** The most clips of one day. */
  perDay: number;
}

/** What a reader has typed of a name. */
export interface SuggestionQuery extends Pick<ClipQuery, 'audience' | 'showDeleted'> {
  /** The beginning of one or more words of a name. If it is empty, the names of the newest clips are suggested. */
  typed: string;
  kinds: readonly SuggestionKind[];
  /** The most suggestions of each kind. */
  limit: number;
}

/** A `player` is a person who plays in a clip or whom its message mentions. */
export type SuggestionKind = 'person' | 'player' | 'channel' | 'game';

export interface Suggestion {
  kind: SuggestionKind;
  /** The value to filter by: an id for people and channels, a name for players and games. */
  value: string;
  /** The name by which a filter finds the same clips. */
  name: string;
  label: string;
  /** The number of clips that the filter finds, at most MAX_COUNT. */
  count: number;
}

/** The state of the catalog. While it is being rebuilt, pages say so. */
export interface CatalogState {
  /** The number of clips that the catalog holds: exact up to 2,000, else about the number. */
  clips: number;
  /** Null if no reconcile is running. `total` is null while the bucket is being listed. */
  reconcile: { done: number; total: number | null } | null;
  /** True if no reconcile has ever finished, so clips may be missing. */
  isIncomplete: boolean;
}

/**
 * What the catalog learns. `version` is the version of the object in the bucket, as the bucket's `list` returns it.
 *
 * `replaces` comes from a reconcile. It is the version that the catalog had before the object was read; null if the
 * catalog had none. If the catalog still has that version, nobody has told the catalog of a newer object. Then a record
 * replaces a record with a higher revision too, because the bucket may come from a backup. If the catalog has another
 * version, an object that is gone or unreadable changes nothing. Channels have revisions too, and user data have
 * `As_Of` instead.
 */
export type CatalogChange =
  | { kind: 'record'; key: string; version: string; record: ClipRecord; replaces?: string | null }
  | {
      kind: 'channel';
      key: string;
      version: string;
      channel: ChannelRecord;
      replaces?: string | null;
    }
  | {
      kind: 'user';
      key: string;
      version: string;
      user: Partial<UserData> & { Id: string };
      replaces?: string | null;
    }
  /** An object that is not what its key says. The version is kept, so that it is not read again. */
  | { kind: 'unreadable'; key: string; version: string; replaces?: string | null }
  /** The object is gone from the bucket. */
  | { kind: 'removed'; key: string; replaces?: string | null };

/**
 * The searchable projection of all records. It is derived from the bucket, so it may be lost at any time.
 *
 * Every method throws CatalogUnavailable if the database does not answer.
 */
export interface Catalog {
  findClip(id: string): Promise<CatalogClip | null>;
  findLink(id: string): Promise<CatalogLink | null>;
  /** Returns the id of the clip that the old archive knew by these 8 hexadecimal digits. The older clip wins. */
  findOldId(hex: string): Promise<string | null>;
  /**
   * Returns the avatar of a poster with a listed clip that the audience may see; null if there is none. `userDataId` is the
   * user's id, or a webhook's id and a hash.
   */
  findAvatar(userDataId: string, audience: Audience): Promise<CatalogPicture | null>;
  search(query: ClipQuery, page: { after?: string; limit: number }): Promise<ClipPage>;
  /**
   * Returns the clip before a clip and up to `limit` clips after it, in the order of the search. The clip itself need not
   * match the search: its place is where it would be. Of a clip that the catalog lacks, there are none.
   */
  findNeighbours(query: ClipQuery, clipId: string, limit: number): Promise<Neighbours>;
  countFacets(query: ClipQuery): Promise<Facets>;
  /**
   * Lists the live clips in the order of their ids. An id never changes, so a reader who goes on after `next` gets every
   * clip once, also while clips are being added.
   */
  listLive(audience: Audience, page: { after: string | null; limit: number }): Promise<LivePage>;
  /** Lists the names in the records of live clips, each name once, in the order of their code points. */
  listRecordedPosters(audience: Audience): Promise<RecordedPoster[]>;
  /** Describes the clips that match the filters; null if there are none. The text of the query does not count. */
  describe(query: ClipQuery): Promise<ClipSummary | null>;
  /** Returns clips of the days, in the order of the days. Spoilers and age-restricted clips are left out. */
  findOnDays(query: DaysQuery): Promise<CatalogClip[]>;
  /**
   * Returns the people, channels and games that a reader may mean by the beginning of a name, each with at least one listed
   * clip that the reader may see. The most clips come first in each kind.
   */
  suggest(query: SuggestionQuery): Promise<Suggestion[]>;
  readState(): Promise<CatalogState>;
  /** True if the catalog had every object of the bucket once. Costs much less than `readState`. */
  isComplete(): Promise<boolean>;
  /**
   * Applies changes in one statement per kind. A record with a lower revision, or with the same revision and a lower
   * attempt, does not replace a higher one, unless the record comes from a reconcile. The same holds for channels by
   * their revision, and for user data by `As_Of`. A purged clip stays purged until its object is removed.
   */
  apply(changes: readonly CatalogChange[]): Promise<void>;
  /**
   * Returns the versions of the objects that the catalog knows, by object key. The version of an unreadable object is
   * that of `unreadableVersion` (src/catalog/write/unreadable.ts).
   */
  readVersions(prefix: string): Promise<Map<string, string>>;
  close(): Promise<void>;
}

/** The database of the catalog does not answer. Clips and links are unaffected. */
export class CatalogUnavailable extends Error {
  override name = 'CatalogUnavailable';
}
