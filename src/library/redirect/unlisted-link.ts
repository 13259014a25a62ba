import type { CatalogLink, CatalogStatus } from '../../catalog/catalog.ts';
import { isStripped } from '../../clip/forget/strip.ts';
import { parseTombstone } from '../../clip/forget/tombstone.ts';
import { leaseOf } from '../../clip/lease.ts';
import { isWebLink } from '../../clip/link.ts';
import { parseRecord } from '../../clip/record.ts';
import type { ClipStatus } from '../../clip/state.ts';

/** What is known of a clip without the catalog. Whether the channel is public is a separate question. */
export type UnlistedLink = Omit<CatalogLink, 'isPublic' | 'extension'>;

const STATUSES: readonly unknown[] = [
  'archiving',
  'live',
  'unreachable',
  'deleted',
  'stopped',
] satisfies ClipStatus[];

/** Returns the link of a clip whose workflow or record has these facts. */
export function toLink(
  id: string,
  {
    channelId,
    guildId,
    status,
    url,
  }: { channelId: string; guildId: string | null; status: CatalogStatus; url: string | null },
): UnlistedLink {
  const lease = url === null ? null : leaseOf(url);
  return {
    id,
    channelId,
    guildId,
    status,
    url,
    expiresAtMs: lease === null ? null : lease.expiresAt * 1000,
    issuedAtMs: lease?.issuedAt == null ? null : lease.issuedAt * 1000,
  };
}

/**
 * Returns the link in a stored record, or null if the object is not the record of this clip. Anybody with access to the
 * bucket can write an object.
 */
export function linkInRecord(clipId: string, channelId: string, body: string): UnlistedLink | null {
  const tombstone = parseTombstone(body);
  if (tombstone?.Id === clipId && tombstone.channelId === channelId) {
    return toLink(clipId, { channelId, guildId: null, status: 'purged', url: null });
  }
  const record = parseRecord(body);
  if (record?.Id !== clipId || record.channelId !== channelId) return null;
  const { guildId } = record;
  const status = record.Status as CatalogStatus;
  if (!STATUSES.includes(status)) return null;
  if (isStripped(record)) return toLink(clipId, { channelId, guildId, status, url: null });
  if (!isWebLink(record.Attachment_URL)) return null;
  return toLink(clipId, { channelId, guildId, status, url: record.Attachment_URL });
}
