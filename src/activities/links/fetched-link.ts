import { attachmentIdIn, isDiscordLink, isUnreadable, isWebLink } from '../../clip/link.ts';
import { leaseOf } from '../../clip/lease.ts';
import type { FoundAttachment } from '../../clip/message.ts';
import { attachmentsOf } from '../../clip/message/files.ts';
import type { RecordedClip } from '../../clip/state.ts';
import { worseLink } from '../../errors.ts';
import type { APIMessage } from 'discord-api-types/v10';

/** What a fetch knows about the link that the clip has. */
interface LinkAtHand {
  clip: Pick<RecordedClip, 'messageId' | 'attachmentId'>;
  /** When the link expires, epoch seconds; undefined if it has no expiry. */
  expiresAt: number | undefined;
}

/**
 * Returns why a fetched link is worse than the link at hand, which it must then not replace, or null if the link is
 * good. A link that only expires earlier is no fault of the server, because servers also return cached links.
 */
export function faultOfLink(
  message: APIMessage,
  { attachment: { url } }: FoundAttachment,
  { clip, expiresAt }: LinkAtHand,
): string | null {
  if (!isWebLink(url)) return 'Discord returned an attachment URL that is not http(s)';
  if (isOfOtherAttachment(url, message, clip)) {
    return 'Discord returned the URL of another attachment; keeping the old link and retrying';
  }
  if (expiresAt !== undefined && leaseOf(url) === null) {
    return isUnreadable(url)
      ? 'Discord returned a link whose expiry cannot be read; keeping the old link and retrying'
      : 'Discord returned a link without an expiry; keeping the old link and retrying';
  }
  return null;
}

/**
 * @returns the link, which is better than the link at hand or as good
 * @throws ServiceFailed if the link is worse. It is retried, because the next fetch may return a good link.
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
 * True if the path names an attachment, but not this one. Compatible servers may put other ids into the path, such as
 * the id of the message. So on their hosts, only the id of another attachment of the message is proof.
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
