import type { Generated } from 'kysely';
import type { RecordedPlayer } from '../../clip/record.ts';
import type { CatalogPicture, CatalogStatus, CatalogStoryboard } from '../catalog.ts';

/**
 * The tables of the catalog. Times are epoch milliseconds. All numbers are float8, which both drivers return as
 * JavaScript numbers, and which holds milliseconds and revisions without rounding.
 */
export interface CatalogTables {
  clips: ClipsTable;
  clip_details: ClipDetailsTable;
  links: LinksTable;
  channels: ChannelsTable;
  posters: PostersTable;
  vocabulary: VocabularyTable;
  objects: ObjectsTable;
  reconcile_state: ReconcileStateTable;
}

/** One row per clip: what searches filter and sort by. The rows are narrow, because some searches read many of them. */
export interface ClipsTable {
  id: string;
  channel_id: string;
  guild_id: string | null;
  /** The id in the key of the poster's user data: the user's id, or a webhook's id and a hash. */
  poster_key: string;
  /** The user's id, or the webhook's id. */
  poster_id: string;
  /** The poster's name in the record. */
  username: string;
  status: CatalogStatus;
  posted_at_ms: number;
  /** The duration; -1 if unknown. */
  seconds: number;
  /** From 0 up to 1. Depends only on the id, so a rebuilt catalog has the same order. */
  random: number;
  old_id: string | null;
  /** By `nameKeyOf`; null without a game. */
  game_key: string | null;
  game: string | null;
  /** Ids and folded names of the players and of the users that the message mentions. */
  people: string[];
  is_vertical: boolean;
  is_silent: boolean;
  is_spoiler: boolean;
  is_nsfw: boolean;
  /** The file's real ending, without a dot. */
  extension: string;
  /** A tsvector. Words have places, and the tokens that `clip_tokens` adds have none. */
  words: string;
}

export interface ClipDetailsTable {
  clip_id: string;
  details: ClipDetails;
}

/** What pages show of a clip and searches don't need. */
export interface ClipDetails {
  title: string;
  description: string;
  filename: string;
  messageLink: string;
  contentType: string | null;
  sizeBytes: number | null;
  width: number | null;
  height: number | null;
  codec: string | null;
  frameRate: number | null;
  hasAudio: boolean | null;
  placeholder: string | null;
  thumbnail: CatalogPicture | null;
  posterImage: CatalogPicture | null;
  /** Absent in rows that a version without storyboards wrote. */
  storyboard?: CatalogStoryboard | null;
  deletedAtMs: number | null;
  recordedAtMs: number | null;
  altText: string | null;
  players: RecordedPlayer[];
}

/** A table of its own, so that a refresh of a link touches no index but the primary key. */
export interface LinksTable {
  clip_id: string;
  url: string | null;
  issued_at_ms: number | null;
  expires_at_ms: number | null;
  revision: number;
  attempt: number;
  /** The hash of the clip's row in `clips`. */
  content_hash: string;
  /** The hash before the last write. It tells that write whether the row in `clips` has to change. */
  previous_hash: string | null;
}

export interface ChannelsTable {
  id: string;
  name: string;
  name_key: string;
  guild_id: string | null;
  guild_name: string | null;
  parent_id: string | null;
  parent_name: string | null;
  parent_key: string | null;
  is_nsfw: boolean;
  is_public: boolean;
  /** The revision of the channel's record; 0 if unknown. */
  revision: number;
  words: string;
}

export interface PostersTable {
  id: string;
  /** Null until the user data are known. */
  username: string | null;
  display_name: string | null;
  avatar_key: string | null;
  avatar_version: string | null;
  /** `As_Of` of the user data, epoch seconds; 0 if unknown. */
  as_of: number;
  /** All names, past and present, by `nameKeyOf`. */
  name_keys: string[];
  words: string;
}

/** Every longer word of the catalog. Typing errors are found among these words. */
export interface VocabularyTable {
  word: string;
}

/** The objects of the bucket that the catalog knows. */
export interface ObjectsTable {
  key: string;
  version: string;
}

/** One row. */
export interface ReconcileStateTable {
  /** Null if no reconcile runs. */
  owner: string | null;
  heartbeat_at: Date | null;
  done: number;
  total: number | null;
  /** When the last reconcile was claimed. */
  started_at: Date | null;
  finished_at: Date | null;
  /** When somebody last asked for a reconcile; null if a reconcile that started later was complete. */
  wanted_at: Date | null;
  /** Grows after each change that a list of clips could show. */
  content_version: Generated<number>;
}
