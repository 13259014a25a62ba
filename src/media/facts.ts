import type { MediaFacts } from '../clip/state.ts';

/** What a file claims of itself, however it was read. */
export interface Claims {
  durationSeconds: number;
  /** After rotation. */
  width: number;
  height: number;
  codec?: string;
  frameRate: number;
  sizeBytes: number;
  hasAudio: boolean;
  /** Epoch seconds. */
  createdAt: number;
}

const DAY_SECONDS = 86_400;
/** 1990: earlier times come of clocks that were never set. */
const EARLIEST_SECONDS = 631_152_000;

/** The claims that make sense, for headers can claim anything; NaN makes none. */
export function sensibleFacts(claims: Claims): MediaFacts {
  const { durationSeconds, width, height, codec, hasAudio } = claims;
  const frameRate = Math.round(claims.frameRate * 1000) / 1000;
  const lasts = durationSeconds > 0 && durationSeconds < 1e7;
  const bitRate = lasts ? Math.round((claims.sizeBytes * 8) / durationSeconds) : 0;
  const createdAt = Math.floor(claims.createdAt);
  const latest = Date.now() / 1000 + DAY_SECONDS;
  return {
    ...(lasts ? { durationSeconds } : {}),
    ...(width > 0 && height > 0 ? { width, height } : {}),
    ...(codec === undefined ? {} : { codec }),
    ...(frameRate >= 0.01 && frameRate <= 1000 ? { frameRate } : {}),
    ...(bitRate > 0 && bitRate < 1e11 ? { bitRate } : {}),
    hasAudio,
    ...(createdAt > EARLIEST_SECONDS && createdAt < latest ? { createdAt } : {}),
  };
}
