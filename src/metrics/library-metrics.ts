import type { MetricMeter } from '@temporalio/common';

/**
 * What the library answered to a request for a video.
 * - `stored`: a redirect to the link at hand
 * - `fresh`: a redirect to a link that the clip's workflow has just returned
 * - `short`: a redirect to a link that soon expires, because no fresh link could be had
 * - `gone`: the clip was deleted or purged
 * - `unknown`: there is no such clip, or the reader may not see the clip
 * - `unavailable`: the clip exists, but there is no valid link at the moment
 */
export const REDIRECT_OUTCOMES = [
  'stored',
  'fresh',
  'short',
  'gone',
  'unknown',
  'unavailable',
] as const;
export type RedirectOutcome = (typeof REDIRECT_OUTCOMES)[number];

/** The library's metrics. Every method is fast and never throws. */
export interface LibraryMetrics {
  /** The library answered a request for a video. */
  redirect(outcome: RedirectOutcome): void;
  /** The library asked a clip's workflow for a fresh link. */
  freshLink(outcome: 'ok' | 'failed', seconds: number): void;
  /** The library answered any request. */
  answered(status: number): void;
}

export const FRESH_LINK_SECONDS = 'everclip_library_fresh_link_seconds';
/** Upper bounds of the histogram's buckets, in seconds. */
export const FRESH_LINK_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const STATUS_CLASSES = [2, 3, 4, 5];

export function createLibraryMetrics(meter: MetricMeter): LibraryMetrics {
  const redirects = meter.createCounter(
    'everclip_library_redirects',
    undefined,
    'Requests for a video, by outcome: stored, fresh, short, gone, unknown or unavailable',
  );
  // Start at 0, because Prometheus sees no increase if a counter first appears with the value 1.
  for (const outcome of REDIRECT_OUTCOMES) redirects.add(0, { outcome });
  const freshLinks = meter.createHistogram(
    FRESH_LINK_SECONDS,
    'float',
    undefined,
    'Seconds that a workflow took to return a fresh link to the library, by outcome: ok or failed',
  );
  const answers = meter.createCounter(
    'everclip_library_answers',
    undefined,
    'Answers of the library, by class of the status: 2xx, 3xx, 4xx or 5xx',
  );
  const statusLabel = (hundreds: number) => ({ status: `${hundreds}xx` });
  for (const hundreds of STATUS_CLASSES) answers.add(0, statusLabel(hundreds));
  return {
    redirect: (outcome) => redirects.add(1, { outcome }),
    freshLink: (outcome, seconds) => freshLinks.record(seconds, { outcome }),
    answered: (status) => answers.add(1, statusLabel(Math.floor(status / 100))),
  };
}

export const noLibraryMetrics: LibraryMetrics = {
  redirect: ignore,
  freshLink: ignore,
  answered: ignore,
};

function ignore(): void {
  return undefined;
}
