import { leaseOf } from './lease.ts';

// Judges attachment links without the URL class, because this code also runs in the workflow sandbox.

/** The hosts of Discord's own attachment links, which always carry an expiry and the attachment's id. */
const DISCORD_LINK = /^https:\/\/(?:cdn\.discordapp\.com|media\.discordapp\.net)\//i;

/** True if the link is on one of Discord's own hosts. */
export function isDiscordLink(url: string): boolean {
  return DISCORD_LINK.test(url);
}

/** True if the link is http(s). */
export function isWebLink(url: unknown): url is string {
  return typeof url === 'string' && /^https?:\/\//i.test(url);
}

/** Returns the link without its parameters, such as the signature and the expiry. */
export function addressOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}

/** Returns the id in the path `/attachments/<channel>/<id>/<name>` of a link, or null if the path is different. */
export function attachmentIdIn(url: string): string | null {
  return /^[^?#]*\/attachments\/\d+\/(\d+)\//.exec(url)?.[1] ?? null;
}

/** True if both links name an attachment in their path, and the ids differ. */
export function isOfAnotherAttachment(url: string, current: string): boolean {
  const id = attachmentIdIn(url);
  const currentId = attachmentIdIn(current);
  return id !== null && currentId !== null && id !== currentId;
}

/** True if the link does not say when it expires, or says so in a form that Everclip does not understand. */
export function lacksExpiry(url: unknown): boolean {
  return isWebLink(url) && leaseOf(url) === null;
}

/**
 * True if the link lacks an expiry that the link should carry. Either the link's `ex` is unreadable, or a link of
 * Discord has no `ex`. Links of compatible servers may be unsigned.
 */
export function isUnreadable(url: string): boolean {
  if (leaseOf(url) !== null) return false;
  return isDiscordLink(url) || /[?&]ex=/i.test(url);
}
