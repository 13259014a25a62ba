import type { MetricMeter } from '@temporalio/common';
import type { ClipStatus } from './clip/state.ts';

/** What the program counts about itself. Each method is cheap and never throws. */
export interface Metrics {
  /** This process does its work (`true`) or can't at the moment. */
  ready(isReady: boolean): void;
  /** A clip that ingest has just seen was started; those of a history are told by the page. */
  clipStarted(source: 'live'): void;
  recordWritten(status: ClipStatus): void;
  /** `outcome` is `made` or the type of the failure. */
  thumbnail(outcome: string): void;
  /** The download of a whole clip begins, for it could not be read in parts, and why. */
  mediaFallback(reason: string): void;
  /** A fresh link was written so many seconds before the old one died; below zero: after it. */
  linkRefreshed(secondsLeft: number): void;
  /** How long before its end a link is to be replaced: what `linkRefreshed` is measured by. */
  refreshMargin(marginMs: number): void;
  /** An answer of Discord; `route` is without ids, `status` an HTTP status or `none`. */
  discordCall(route: string, status: number | 'none'): void;
  /** How many invalid requests (401, 403, 429) are left before Discord bans the address. */
  invalidRequestsLeft(count: number): void;
  /** An event of the gateway came in. */
  gatewayEvent(type: string): void;
  /** The gateway acknowledged the heartbeat of that time. */
  gatewayHeartbeat(atMs: number): void;
  /** A page of a channel's history was read, and its clips were started or known already. */
  historyPage(page: HistoryPage): void;
  /** Of all clips by state, and of reachable ones whose link is dead, as Temporal counts them. */
  clips(counts: Partial<Record<ClipStatus, number>>, dead: number): void;
  /** When Temporal last counted them: while it is away, what `clips` was told grows old. */
  clipsCounted(atMs: number): void;
}

export interface HistoryPage {
  channelId: string;
  /** What reads it: the one goes back in time, the other one after what is new. */
  source: 'backfill' | 'sweep';
  messages: number;
  started: number;
  known: number;
}

/** Edges of the histogram of seconds left. */
export const SECONDS_LEFT_BUCKETS = [0, 5, 15, 60, 600, 3600, 7200, 10_800, 14_400, 21_600, 43_200];
export const SECONDS_LEFT = 'everclip_refresh_seconds_left';

/** Metrics on a meter of Temporal's SDK, whose exporter serves them beside its own. */
export function createMetrics(meter: MetricMeter): Metrics {
  const counter = (name: string, description: string) =>
    meter.createCounter(`everclip_${name}`, undefined, description);
  const gauge = (name: string, description: string) =>
    meter.createGauge(`everclip_${name}`, 'float', undefined, description);
  const ready = gauge('ready', '1 where this process does its work');
  const started = counter(
    'clips_started',
    'Clip workflows started, by source: live, backfill, sweep',
  );
  const records = counter('records_written', 'Records written, by status');
  const thumbnails = counter(
    'thumbnails',
    'Thumbnails by outcome: made, or the type of the failure',
  );
  const fallbacks = counter(
    'media_fallbacks',
    'Downloads of whole clips begun for their picture, by reason; a clip that is tried again counts again',
  );
  const secondsLeft = meter.createHistogram(
    SECONDS_LEFT,
    'float',
    undefined,
    'Seconds that the old link had left when the fresh one was written',
  );
  const died = counter('links_died', 'Fresh links that were written after the old one had died');
  // Prometheus sees no increase where a counter begins with its first event.
  died.add(0);
  const margin = gauge(
    'refresh_margin_seconds',
    'How long before its end a link is to be replaced',
  );
  const calls = counter('discord_calls', 'Answers of Discord, by route and status');
  const budget = gauge('discord_invalid_requests_left', 'Invalid requests left before a ban');
  const events = counter('gateway_events', 'Events of the gateway, by type');
  const lastEvent = gauge('gateway_last_event_seconds', 'When the last event came, epoch seconds');
  const heartbeat = gauge(
    'gateway_heartbeat_seconds',
    'When the heartbeat was sent that the gateway last acknowledged, epoch seconds',
  );
  const messages = counter('history_messages', 'Messages of histories that were read');
  const historyClips = counter('history_clips', 'Clips found in histories, by outcome');
  const byState = gauge('clips', 'Clips by state');
  const dead = gauge('dead_links', 'Clips that can be reached and whose link has expired');
  const counted = gauge('clips_counted_seconds', 'When the clips were last counted, epoch seconds');
  return {
    ready: (isReady) => ready.set(Number(isReady)),
    clipStarted: (source) => started.add(1, { source }),
    recordWritten: (status) => records.add(1, { status }),
    thumbnail: (outcome) => thumbnails.add(1, { outcome }),
    mediaFallback: (reason) => fallbacks.add(1, { reason }),
    linkRefreshed: (seconds) => {
      secondsLeft.record(Math.max(seconds, 0));
      if (seconds <= 0) died.add(1);
    },
    refreshMargin: (marginMs) => margin.set(marginMs / 1000),
    discordCall: (route, status) => calls.add(1, { route, status: String(status) }),
    invalidRequestsLeft: (count) => budget.set(count),
    gatewayEvent: (type) => {
      events.add(1, { type });
      lastEvent.set(Math.floor(Date.now() / 1000));
    },
    gatewayHeartbeat: (atMs) => heartbeat.set(Math.floor(atMs / 1000)),
    historyPage: ({ channelId, source, messages: read, started: isNew, known }) => {
      started.add(isNew, { source });
      messages.add(read, { channel: channelId });
      historyClips.add(isNew, { channel: channelId, outcome: 'started' });
      historyClips.add(known, { channel: channelId, outcome: 'known' });
    },
    clips: (counts, deadLinks) => {
      for (const [state, count] of Object.entries(counts)) byState.set(count, { state });
      dead.set(deadLinks);
    },
    clipsCounted: (atMs) => counted.set(Math.floor(atMs / 1000)),
  };
}

const nothing = () => undefined;

/** For whoever is not measured. */
export const noMetrics: Metrics = {
  ready: nothing,
  clipStarted: nothing,
  recordWritten: nothing,
  thumbnail: nothing,
  mediaFallback: nothing,
  linkRefreshed: nothing,
  refreshMargin: nothing,
  discordCall: nothing,
  invalidRequestsLeft: nothing,
  gatewayEvent: nothing,
  gatewayHeartbeat: nothing,
  historyPage: nothing,
  clips: nothing,
  clipsCounted: nothing,
};
