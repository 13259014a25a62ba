import type { ChannelRecord } from '../clip/channel-record.ts';
import type { ClipRecord } from '../clip/record.ts';
import type { UserData } from '../clip/user-data.ts';
import type { Audience, CatalogClip, CatalogLink, CatalogPicture } from './types/clip.ts';
import type {
  ClipPage,
  ClipQuery,
  ClipSummary,
  DaysQuery,
  Facets,
  LivePage,
  Neighbours,
  RecordedPoster,
  Suggestion,
  SuggestionQuery,
} from './types/queries.ts';

export type * from './types/clip.ts';
export * from './types/queries.ts';

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
   * Returns a number that grows after each change that a list of clips could show. A new link is no such change. Null
   * while the catalog is incomplete. If a program dies between a change and the count of the change, the next change
   * counts for both.
   */
  readContentVersion(): Promise<number | null>;
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
