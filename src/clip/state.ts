import type { Clip, Poster } from './clip.ts';

/**
 * `archiving` until the thumbnail is made or given up, `live` while links are kept alive,
 * `unreachable` while Discord refuses access, `deleted` and `stopped` at the end.
 */
export type ClipStatus = 'archiving' | 'live' | 'unreachable' | 'deleted' | 'stopped';

/** What was read out of the media itself; pixels after rotation. */
export interface MediaFacts {
  durationSeconds?: number;
  width?: number;
  height?: number;
  codec?: string;
  frameRate?: number;
  /** Of the whole file, bits per second. */
  bitRate?: number;
  hasAudio?: boolean;
  /** When the camera or recorder says that it was made, epoch seconds. */
  createdAt?: number;
}

export interface ThumbnailError {
  type: string;
  message: string;
}

/** All that the clip's workflow knows, and all that its record is made of. */
export interface ClipState {
  clip: Clip;
  status: ClipStatus;
  /** Of the last record written; a lower one never replaces a higher one. */
  revision: number;
  facts?: MediaFacts;
  /** Object key of the picture. */
  thumbnail?: string;
  thumbnailError?: ThumbnailError;
  /** Epoch milliseconds. */
  deletedAtMs?: number;
}

/** Of a clip, what its record shows: the poster's other names are user data, the rest is for people to watch. */
export type RecordedClip = Omit<Clip, 'poster' | 'channelName' | 'guildName'> & {
  poster: Pick<Poster, 'id' | 'username'>;
};

/** Of a clip's state, what its record is made of; an activity's input is stored in the history, so no more. */
export type RecordState = Omit<ClipState, 'clip'> & { clip: RecordedClip };

/** What a clip that is started anew takes over from the record that stands in the bucket. */
export type AdoptedState = Pick<ClipState, 'revision' | 'facts' | 'thumbnail' | 'thumbnailError'>;
