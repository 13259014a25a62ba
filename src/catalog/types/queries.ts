import type { Audience, CatalogClip, CatalogPoster } from './clip.ts';

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
  /**
   * The people who are in the most clips of other posters, as players or because the message mentions them. Empty if the
   * query does not ask for posters.
   */
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
