import type { MetricMeter } from '@temporalio/common';
import type { ClipStatus } from './clip/state.ts';
import { createAuditMetrics, type AuditMetrics } from './metrics/audit-metrics.ts';
import {
  createLibraryMetrics,
  noLibraryMetrics,
  type LibraryMetrics,
} from './metrics/library-metrics.ts';
import { createPictureMetrics, type PictureMetrics } from './metrics/picture-metrics.ts';
import { createChannelNames, OTHER_CHANNELS } from './metrics/channel-names.ts';

/** The program's own metrics. Every method is fast and never throws. */
export interface Metrics extends LibraryMetrics, PictureMetrics, AuditMetrics {
  /** Reports whether this process can do its work at the moment. */
  ready(isReady: boolean): void;
  /** Ingest started a clip that was just posted. Clips from a history are counted by `historyPage`. */
  clipStarted(source: 'live'): void;
  recordWritten(status: ClipStatus): void;
  /**
   * A fresh link was written. `secondsLeft` is the time until the old link's expiry; negative after the
   * expiry.
   */
  linkRefreshed(secondsLeft: number): void;
  /** How long before expiry a link should be refreshed. Compare this time with the values of `linkRefreshed`. */
  refreshMargin(marginMs: number): void;
  /** A call to Discord ended. `route` has no ids. `status` is `none` if no response arrived. */
  discordCall(route: string, status: number | 'none'): void;
  /** How many invalid requests (401, 403, 429) are left before Discord bans the IP address. */
  invalidRequestsLeft(count: number): void;
  /** Discord sent messages without their text and attachments, because the intent is off or because of a fault. */
  contentMissing(source: ContentSource): void;
  gatewayEvent(type: string): void;
  /** The gateway acknowledged the heartbeat that was sent at `atMs`. */
  gatewayHeartbeat(atMs: number): void;
  /** A page of a channel's history was read, and each clip on the page was started or already had a workflow. */
  historyPage(page: HistoryPage): void;
  /** A worker looked up a channel for `channels/<id>.json`. */
  channelSaved(outcome: ChannelSaveOutcome): void;
  /** A reconcile ended. The catalog then has every object of the bucket, or the reconcile failed. */
  reconcileEnded(outcome: ReconcileOutcome): void;
  /** The link of a clip has no expiry that Everclip can read. */
  linkUnreadable(): void;
  /**
   * Reports the number of clips in each state, and the numbers of reachable clips whose link has expired (`dead`) or
   * has no readable expiry.
   */
  clips(counts: Partial<Record<ClipStatus, number>>, dead: number, withoutExpiry?: number): void;
  /** Reports the time at which Temporal last counted the clips. The counts are stale while Temporal is unreachable. */
  clipsCounted(atMs: number): void;
  /** Changes for the catalog were written, will be written again after a failure, or were dropped. */
  catalogChanges(outcome: CatalogOutcome, count: number): void;
}

export const CATALOG_OUTCOMES = ['written', 'retried', 'dropped'] as const;
export type CatalogOutcome = (typeof CATALOG_OUTCOMES)[number];

/** Messages without content can arrive in a refresh, in a page of history or in a gateway event. */
export const CONTENT_SOURCES = ['message', 'history', 'gateway'] as const;
export type ContentSource = (typeof CONTENT_SOURCES)[number];

/** What became of a look-up of a channel. A `hidden` channel is one that Discord does not show the bot. */
export const CHANNEL_SAVE_OUTCOMES = ['written', 'unchanged', 'hidden', 'failed'] as const;
export type ChannelSaveOutcome = (typeof CHANNEL_SAVE_OUTCOMES)[number];

export const RECONCILE_OUTCOMES = ['complete', 'failed'] as const;
export type ReconcileOutcome = (typeof RECONCILE_OUTCOMES)[number];

/** The type of the workflow that read a page. A backfill reads older messages, and a sweep reads newer messages. */
const HISTORY_SOURCES = ['backfill', 'sweep'] as const;

/** What became of the clips on a page. A known clip already had a workflow. */
const HISTORY_OUTCOMES = ['started', 'known'] as const;

export interface HistoryPage {
  channelId: string;
  source: (typeof HISTORY_SOURCES)[number];
  messages: number;
  started: number;
  known: number;
}

/** The labels of a page. `channel` is empty for sweeps. A type, because the meter takes no interface. */
type HistoryLabels = Pick<HistoryPage, 'source'> & { channel: string };

/** Upper bounds of the histogram's buckets, in seconds. */
export const SECONDS_LEFT_BUCKETS = [0, 5, 15, 60, 600, 3600, 7200, 10_800, 14_400, 21_600, 43_200];
export const SECONDS_LEFT = 'everclip_refresh_seconds_left';

/** Creates the metrics on a meter of Temporal's SDK, which serves them together with the SDK's own metrics. */
export function createMetrics(meter: MetricMeter): Metrics {
  const counter = (name: string, description: string) =>
    meter.createCounter(`everclip_${name}`, undefined, description);
  const gauge = (name: string, description: string) =>
    meter.createGauge(`everclip_${name}`, 'float', undefined, description);
  const ready = gauge('ready', '1 if this process can do its work, else 0');
  const started = counter(
    'clips_started',
    'Clip workflows started, by source: live, backfill or sweep',
  );
  for (const source of ['live', ...HISTORY_SOURCES]) started.add(0, { source });
  const records = counter('records_written', 'Records written, by status');
  const secondsLeft = meter.createHistogram(
    SECONDS_LEFT,
    'float',
    undefined,
    'Seconds between a refresh and the expiry of the old link',
  );
  const died = counter('links_died', 'Refreshes that came after the old link had expired');
  // Start at 0, because Prometheus sees no increase if a counter first appears with the value 1.
  died.add(0);
  const margin = gauge(
    'refresh_margin_seconds',
    'Target for the seconds between a refresh and the expiry of the old link',
  );
  const calls = counter('discord_calls', 'Calls to Discord, by route and status');
  const budget = gauge(
    'discord_invalid_requests_left',
    'How many more invalid requests Discord accepts before it bans the IP address',
  );
  const missing = counter(
    'content_missing',
    'Messages or pages that Discord sent without text and attachments, by source: message, history or gateway',
  );
  for (const source of CONTENT_SOURCES) missing.add(0, { source });
  const events = counter('gateway_events', 'Gateway events, by type');
  const lastEvent = gauge(
    'gateway_last_event_seconds',
    'When the last gateway event arrived, in epoch seconds',
  );
  const heartbeat = gauge(
    'gateway_heartbeat_seconds',
    'Send time of the last heartbeat that the gateway acknowledged, in epoch seconds',
  );
  const messages = counter(
    'history_messages',
    'Messages read from channel histories, by source (backfill or sweep); for backfills also by channel',
  );
  const historyClips = counter(
    'history_clips',
    'Clips found in channel histories, by source and outcome (started or known); for backfills also by channel',
  );
  const beginHistory = (labels: HistoryLabels): void => {
    messages.add(0, labels);
    for (const outcome of HISTORY_OUTCOMES) historyClips.add(0, { ...labels, outcome });
  };
  beginHistory({ source: 'sweep', channel: '' });
  beginHistory({ source: 'backfill', channel: OTHER_CHANNELS });
  const nameChannel = createChannelNames((channel) => {
    beginHistory({ source: 'backfill', channel });
  });
  const channelSaves = counter(
    'channel_saves',
    'Look-ups of channels for the library, by outcome: written, unchanged, hidden or failed',
  );
  for (const outcome of CHANNEL_SAVE_OUTCOMES) channelSaves.add(0, { outcome });
  const reconciles = counter(
    'catalog_reconciles',
    'Comparisons of the catalog with the bucket, by outcome: complete or failed',
  );
  for (const outcome of RECONCILE_OUTCOMES) reconciles.add(0, { outcome });
  const byState = gauge('clips', 'Clips whose workflow runs, by state');
  const dead = gauge('dead_links', 'Reachable clips whose link has expired');
  const endless = gauge(
    'links_without_expiry',
    'Reachable clips whose link has no readable expiry',
  );
  const unreadable = counter('links_unreadable', 'Links whose expiry Everclip could not read');
  unreadable.add(0);
  const counted = gauge(
    'clips_counted_seconds',
    'Time at which Temporal last counted the clips, in epoch seconds',
  );
  const changes = counter('catalog_changes', 'Changes for the catalog, by outcome');
  for (const outcome of CATALOG_OUTCOMES) changes.add(0, { outcome });
  return {
    ...createLibraryMetrics(meter),
    ...createAuditMetrics(counter, gauge),
    ready: (isReady) => ready.set(Number(isReady)),
    clipStarted: (source) => started.add(1, { source }),
    recordWritten: (status) => records.add(1, { status }),
    ...createPictureMetrics(counter),
    linkRefreshed: (seconds) => {
      secondsLeft.record(Math.max(seconds, 0));
      if (seconds <= 0) died.add(1);
    },
    refreshMargin: (marginMs) => margin.set(marginMs / 1000),
    discordCall: (route, status) => calls.add(1, { route, status: String(status) }),
    invalidRequestsLeft: (count) => budget.set(count),
    contentMissing: (source) => missing.add(1, { source }),
    gatewayEvent: (type) => {
      events.add(1, { type });
      lastEvent.set(Math.floor(Date.now() / 1000));
    },
    gatewayHeartbeat: (atMs) => heartbeat.set(Math.floor(atMs / 1000)),
    historyPage: (page) => {
      const { source } = page;
      const labels = { source, channel: source === 'backfill' ? nameChannel(page.channelId) : '' };
      started.add(page.started, { source });
      messages.add(page.messages, labels);
      for (const outcome of HISTORY_OUTCOMES) {
        historyClips.add(page[outcome], { ...labels, outcome });
      }
    },
    channelSaved: (outcome) => channelSaves.add(1, { outcome }),
    reconcileEnded: (outcome) => reconciles.add(1, { outcome }),
    linkUnreadable: () => unreadable.add(1),
    clips: (counts, deadLinks, withoutExpiry = 0) => {
      for (const [state, count] of Object.entries(counts)) byState.set(count, { state });
      dead.set(deadLinks);
      endless.set(withoutExpiry);
    },
    clipsCounted: (atMs) => counted.set(Math.floor(atMs / 1000)),
    catalogChanges: (outcome, count) => changes.add(count, { outcome }),
  };
}

function ignore(): undefined {
  return undefined;
}

/** Metrics that record nothing. */
export const noMetrics: Metrics = {
  ...noLibraryMetrics,
  ready: ignore,
  clipStarted: ignore,
  recordWritten: ignore,
  thumbnail: ignore,
  storyboard: ignore,
  mediaFallback: ignore,
  linkRefreshed: ignore,
  refreshMargin: ignore,
  discordCall: ignore,
  invalidRequestsLeft: ignore,
  contentMissing: ignore,
  gatewayEvent: ignore,
  gatewayHeartbeat: ignore,
  historyPage: ignore,
  channelSaved: ignore,
  reconcileEnded: ignore,
  linkUnreadable: ignore,
  clips: ignore,
  clipsCounted: ignore,
  catalogChanges: ignore,
  audited: ignore,
  auditComplete: ignore,
};
