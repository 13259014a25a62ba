import { attachmentIdIn, isDiscordLink, isUnreadable, isWebLink } from '../../clip/link.ts';
import { leaseOf } from '../../clip/lease.ts';
import type { FoundAttachment } from '../../clip/message.ts';
import { attachmentsOf } from '../../clip/message/files.ts';
import type { RecordedClip } from '../../clip/state.ts';
import { worseLink } from '../../errors.ts';
import type { APIMessage } from 'discord-api-types/v10';

/** The facts about the clip's current link, with which a fetched link is compared. */
interface LinkAtHand {
  clip: Pick<RecordedClip, 'messageId' | 'attachmentId'>;
  /** When the link expires, epoch seconds; undefined if it has no expiry. */
  expiresAt: number | undefined;
  /** The time by the server's clock, epoch milliseconds. */
  nowMs: number;
}

/**
 * Returns why a fetched link is worse than the clip's current link, or null if the fetched link is good. A worse link
 * must not replace the current link. A link that only expires earlier is not worse, because servers also return cached
 * links.
 */
export function faultOfLink(
  message: APIMessage,
  { attachment: { url, from } }: FoundAttachment,
  { clip, expiresAt, nowMs }: LinkAtHand,
): string | null {
  if (!isWebLink(url))
    return 'Discord returned an attachment URL that is not http(s); keeping the old link and retrying';
  // A component names its attachment in a field of its own.
  if (from === 'attachments' && isOfOtherAttachment(url, message, clip)) {
    return 'Discord returned the URL of another attachment; keeping the old link and retrying';
  }
  // A link without an expiry is not worse than a link that has expired, unless Discord's own hosts would refuse it.
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
 * the path, such as the id of the message. On the hosts of compatible servers, only the id of another attachment of the
 * same message is proof.
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
