import type { Clip, Poster } from './clip.ts';

/**
 * - `archiving`: the thumbnail is not finished yet
 * - `live`: the link is kept alive
 * - `unreachable`: Discord denies access
 * - `deleted`: the message or attachment was deleted; the workflow has ended
 * - `stopped`: an operator cancelled the workflow
 */
export type ClipStatus = 'archiving' | 'live' | 'unreachable' | 'deleted' | 'stopped';

/** What the media file says about itself. Pixels are counted after rotation. */
export interface MediaFacts {
  durationSeconds?: number;
  width?: number;
  height?: number;
  codec?: string;
  frameRate?: number;
  /** Of the whole file, bits per second. */
  bitRate?: number;
  hasAudio?: boolean;
  /** When the clip was recorded, according to the camera or recorder, epoch seconds. */
  createdAt?: number;
}

export interface ThumbnailError {
  type: string;
  message: string;
}

/** Everything that the clip's workflow knows. Its record is made from this. */
export interface ClipState {
  clip: Clip;
  status: ClipStatus;
  /** Number of the last write of the record. A lower revision never replaces a higher one. */
  revision: number;
  facts?: MediaFacts;
  /** Object key of the thumbnail. */
  thumbnail?: string;
  thumbnailError?: ThumbnailError;
  /** Epoch milliseconds. */
  deletedAtMs?: number;
}

/** The fields of a clip that its record shows. */
export type RecordedClip = Omit<Clip, 'poster' | 'channelName' | 'guildName'> & {
  poster: Pick<Poster, 'id' | 'username'>;
};

/** The part of the state that a record needs. Activity inputs are stored in histories, so they hold no more. */
export type RecordState = Omit<ClipState, 'clip'> & { clip: RecordedClip };

/** The state that a restarted clip takes over from the record in the bucket. */
export type AdoptedState = Pick<ClipState, 'revision' | 'facts' | 'thumbnail' | 'thumbnailError'>;
