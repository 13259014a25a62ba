import type { MetricCounter } from '@temporalio/common';

/** The metrics of the pictures that are made of clips. */
export interface PictureMetrics {
  /** `outcome` is `made` or the type of the failure. */
  thumbnail(outcome: string): void;
  /** `outcome` is `made`, `none` (the clip can have none) or the type of the failure. */
  storyboard(outcome: string): void;
  /** The download of a whole clip starts, because the clip could not be read in parts. */
  mediaFallback(reason: string): void;
}

export function createPictureMetrics(
  counter: (name: string, description: string) => MetricCounter,
): PictureMetrics {
  const thumbnails = counter('thumbnails', 'Thumbnails, by outcome: made, or the failure type');
  const storyboards = counter(
    'storyboards',
    'Storyboards, by outcome: made, none, or the failure type',
  );
  const fallbacks = counter(
    'media_fallbacks',
    'Clips downloaded whole to make a thumbnail, by reason; retries are counted too',
  );
  return {
    thumbnail: (outcome) => thumbnails.add(1, { outcome }),
    storyboard: (outcome) => storyboards.add(1, { outcome }),
    mediaFallback: (reason) => fallbacks.add(1, { reason }),
  };
}
