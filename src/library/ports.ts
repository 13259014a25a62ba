import type { BucketPort } from '../activities/ports.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { LibrarySettings } from '../config/settings.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { DescribedClip } from './link-source.ts';

/** What the library asks the workflows of clips. Ids are the ids of clips, without the prefix of a workflow's id. */
export interface LinkSource {
  /** Asks for a link that is valid for at least `minMinutes`, which may be a fraction. Never throws. */
  freshLink(
    clipId: string,
    options: { minMinutes: number; timeoutMs: number },
  ): Promise<FreshLinkAnswer>;
  /** Asks for everything that the clip's workflow knows. Never throws. */
  describeClip(clipId: string, options: { timeoutMs: number }): Promise<ClipAnswer>;
}

/**
 * - `link`: epoch milliseconds; `expiresAtMs` is null if the link has no expiry. The link may be valid for less than
 *   `minMinutes` if Discord has no better link
 * - `gone`: the clip was deleted
 * - `unreachable`: there is no fresh link now. `retryAtMs` is null if the time of the next try is not known
 * - `busy`: Temporal or the worker did not answer in time
 * - `unknown`: Temporal knows no such clip
 */
export type FreshLinkAnswer =
  | { kind: 'link'; url: string; expiresAtMs: number | null }
  | { kind: 'gone' }
  | { kind: 'unreachable'; reason: string; retryAtMs: number | null }
  | { kind: 'busy'; reason: string }
  | { kind: 'unknown' };

export type ClipAnswer =
  | { kind: 'clip'; clip: DescribedClip }
  | { kind: 'busy'; reason: string }
  | { kind: 'unknown' };

/** The part of the catalog that the library reads. */
export type ReadableCatalog = Omit<Catalog, 'apply' | 'readVersions' | 'close'>;

export type ReadableBucket = Pick<BucketPort, 'read' | 'readBytes' | 'list'>;

/** Everything that the library is built from. */
export interface LibraryParts {
  catalog: ReadableCatalog;
  bucket: ReadableBucket;
  links: LinkSource;
  settings: LibrarySettings;
  /** The origins to which a redirect may lead, from the setting MEDIA_HOSTS. */
  mediaHosts: readonly string[];
  /** Channels that the settings name. While the catalog is unavailable, records are looked for in these channels too. */
  channelIds: readonly string[];
  log: Pick<Logger, 'warn' | 'error'>;
  metrics: Pick<Metrics, 'redirect' | 'freshLink' | 'answered'>;
  /** Returns epoch milliseconds. */
  now: () => number;
}
