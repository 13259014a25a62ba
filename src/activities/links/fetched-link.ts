import { attachmentIdIn, isDiscordLink, isUnreadable, isWebLink } from '../../clip/link.ts';
import { leaseOf } from '../../clip/lease.ts';
import type { FoundAttachment } from '../../clip/message.ts';
import { attachmentsOf } from '../../clip/message/files.ts';
import type { RecordedClip } from '../../clip/state.ts';
import { worseLink } from '../../errors.ts';
import type { APIMessage } from 'discord-api-types/v10';

/** Facts about the clip's current link. A fetched link is compared with these facts. */
interface LinkAtHand {
  clip: Pick<RecordedClip, 'messageId' | 'attachmentId'>;
  /** When the link expires, epoch seconds; undefined if it has no expiry. */
  expiresAt: number | undefined;
  /** The time by the server's clock, epoch milliseconds. */
  nowMs: number;
}

/**
 * Returns why a fetched link is worse than the clip's current link, or null if the fetched link is good. A worse link
 * must not replace the current link. Servers also return cached links, so a link is not worse just because the link
 * expires earlier.
 */
export function faultOfLink(
  message: APIMessage,
  { attachment: { url, from } }: FoundAttachment,
  { clip, expiresAt, nowMs }: LinkAtHand,
): string | null {
  if (!isWebLink(url))
    return 'Discord returned an attachment URL that is not http(s); keeping the old link and retrying';
  // Check only files in `attachments`. A component names its attachment in a separate field, so its URL does not have
  // to contain the attachment's id.
  if (from === 'attachments' && isOfOtherAttachment(url, message, clip)) {
    return 'Discord returned the URL of another attachment; keeping the old link and retrying';
  }
  // A link without an expiry is worse than a link that is still valid, but not worse than an expired link. On Discord's
  // own hosts, such a link is always worse, because these hosts refuse a link without an expiry.
  const isAlive = expiresAt !== undefined && expiresAt * 1000 > nowMs;
  const mustExpire = isAlive || (expiresAt !== undefined && isDiscordLink(url));
  if (mustExpire && leaseOf(url) === null) {
    return isUnreadable(url)
      ? 'Discord returned a link whose expiry cannot be read; keeping the old link and retrying'
      : 'Discord returned a link without an expiry; keeping the old link and retrying';
  }
  return null;
}

/**
 * @returns the fetched link, which is at least as good as the clip's current link
 * @throws ServiceFailed if the fetched link is worse. The activity is retried, because the next fetch may return a good
 * link.
 */
export function requireGoodLink(
  message: APIMessage,
  found: FoundAttachment,
  { attempt, ...atHand }: LinkAtHand & { attempt: number },
): string {
  const fault = faultOfLink(message, found, atHand);
  const { attachmentId, messageId } = atHand.clip;
  const route = `attachment ${attachmentId} of message ${messageId}`;
  if (fault !== null) throw worseLink(fault, attempt, { route });
  return found.attachment.url;
}

/**
 * True if the URL's path names an attachment, but not the clip's attachment. Compatible servers may put other ids into
 * the path, such as the id of the message. On the host of a compatible server, an id in the path is proof only if
 * another attachment of the same message has this id.
 */
function isOfOtherAttachment(
  url: string,
  message: APIMessage,
  { attachmentId }: LinkAtHand['clip'],
): boolean {
  const id = attachmentIdIn(url);
  if (id === null || id === attachmentId) return false;
  return isDiscordLink(url) || attachmentsOf(message).some((other) => other.id === id);
}
