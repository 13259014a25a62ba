import type { Clip } from './clip.ts';

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

/** What a clip that is started anew takes over from the record that stands in the bucket. */
export type AdoptedState = Pick<ClipState, 'revision' | 'facts' | 'thumbnail' | 'thumbnailError'>;
