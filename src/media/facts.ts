import type { Pictures } from '../activities/ports.ts';
import type { MediaFacts } from '../clip/state.ts';

/** A clip's pictures, and the facts from its file. */
export interface Thumbnail extends Pictures {
  facts: MediaFacts;
}

/** The unchecked facts from a file. A number that the file does not contain is 0 or NaN. */
export interface Claims {
  durationSeconds: number;
  /** The picture's size in pixels, after rotation. */
  width: number;
  height: number;
  codec?: string;
  /** Frames per second. */
  frameRate: number;
  sizeBytes: number;
  hasAudio: boolean;
  /** Seconds since 1970. */
  createdAt: number;
}

const MAX_DURATION_SECONDS = 1e7;
const MIN_FRAME_RATE = 0.01;
const MAX_FRAME_RATE = 1000;
/** The highest plausible bit rate, in bits per second. */
const MAX_BIT_RATE = 1e11;
/** The earliest plausible date: 1990-01-01. Earlier dates come from clocks that were never set. */
const MIN_CREATED_AT = 631_152_000;
/** Dates may be this far in the future, because a clock may be wrong or set to a different time zone. */
const MAX_SECONDS_IN_FUTURE = 86_400;

/** Returns only the plausible values, because a header may contain any number. */
export function sensibleFacts(claims: Claims): MediaFacts {
  const { durationSeconds, width, height, codec, hasAudio, sizeBytes } = claims;
  const frameRate = Math.round(claims.frameRate * 1000) / 1000;
  const hasDuration = durationSeconds > 0 && durationSeconds < MAX_DURATION_SECONDS;
  const bitRate = hasDuration ? Math.round((sizeBytes * 8) / durationSeconds) : 0;
  const createdAt = Math.floor(claims.createdAt);
  const maxCreatedAt = Date.now() / 1000 + MAX_SECONDS_IN_FUTURE;
  return {
    ...(hasDuration ? { durationSeconds } : {}),
    ...(width > 0 && height > 0 ? { width, height } : {}),
    ...(codec === undefined ? {} : { codec }),
    ...(frameRate >= MIN_FRAME_RATE && frameRate <= MAX_FRAME_RATE ? { frameRate } : {}),
    ...(bitRate > 0 && bitRate < MAX_BIT_RATE ? { bitRate } : {}),
    hasAudio,
    ...(sizeBytes > 0 ? { sizeBytes } : {}),
    ...(createdAt > MIN_CREATED_AT && createdAt < maxCreatedAt ? { createdAt } : {}),
  };
}
