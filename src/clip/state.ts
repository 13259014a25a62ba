import type { Clip, Poster } from './clip.ts';

/**
 * - `archiving`: the thumbnail is not finished yet
 * - `live`: the link is kept alive
 * - `unreachable`: Discord denies access
 * - `deleted`: the message or attachment was deleted; the workflow has ended
 * - `stopped`: an operator cancelled the workflow
 */
export type ClipStatus = 'archiving' | 'live' | 'unreachable' | 'deleted' | 'stopped';

/**
 * The statuses of clips that have ended. The record keeps these statuses even after Temporal has deleted the execution.
 */
export const ENDED_STATUSES = ['deleted', 'stopped'] as const satisfies readonly ClipStatus[];

export type EndedStatus = (typeof ENDED_STATUSES)[number];

/** How a clip's workflow was started. */
export interface StartOptions {
  /**
   * If the clip's record has one of these statuses, the workflow starts the clip again. If the record has any other
   * ended status, the workflow ends at once. The list is empty by default.
   */
  restarts?: readonly EndedStatus[];
  /**
   * True if the clip was made from its record, which does not have all names and avatars. The workflow then leaves the
   * user data alone.
   */
  fromRecord?: true;
}

/** Facts from the media file. Width and height are in pixels after rotation. */
export interface MediaFacts {
  durationSeconds?: number;
  width?: number;
  height?: number;
  codec?: string;
  frameRate?: number;
  /** The bit rate of the whole file, bits per second. */
  bitRate?: number;
  hasAudio?: boolean;
  sizeBytes?: number;
  /** When the clip was recorded, according to the camera or recorder, epoch seconds. */
  createdAt?: number;
}

export interface ThumbnailError {
  type: string;
  message: string;
}

/** Everything that the clip's workflow knows. The clip's record is built from this state. */
export interface ClipState {
  clip: Clip;
  status: ClipStatus;
  /** The number of the record's last write. A lower revision never replaces a higher one. */
  revision: number;
  facts?: MediaFacts;
  /** Object key of the thumbnail. */
  thumbnail?: string;
  /** Object key of the poster image. Absent if an older version of Everclip made the thumbnail. */
  posterImage?: string;
  /** Hashes of the two pictures. Absent if an older version of Everclip made the thumbnail. */
  thumbnailHash?: string;
  posterImageHash?: string;
  /** Object key of the storyboard. Absent if the clip has none. */
  storyboard?: string;
  storyboardHash?: string;
  /** When each frame of the storyboard is shown, in seconds from the start of the clip. */
  storyboardTimes?: number[];
  /** The version of the pictures (`record/picture-version.ts`). Absent if an older version of Everclip made them. */
  pictureVersion?: number;
  thumbnailError?: ThumbnailError;
  /** Epoch milliseconds. */
  deletedAtMs?: number;
}

/** The fields of a clip that its record contains. */
export type RecordedClip = Omit<Clip, 'poster' | 'postedBy' | 'channelName' | 'guildName'> & {
  poster: Pick<Poster, 'id' | 'username' | 'userDataId'>;
  postedBy?: Pick<Poster, 'id'>;
};

/**
 * The part of the state that a record needs. Activity inputs are stored in histories, so they contain only this part.
 */
export type RecordState = Omit<ClipState, 'clip'> & { clip: RecordedClip };

/** The state that a restarted clip adopts from the record in the bucket. */
export type AdoptedState = Pick<
  ClipState,
  | 'revision'
  | 'facts'
  | 'thumbnail'
  | 'posterImage'
  | 'thumbnailHash'
  | 'posterImageHash'
  | 'storyboard'
  | 'storyboardHash'
  | 'storyboardTimes'
  | 'pictureVersion'
  | 'thumbnailError'
>;
