import { mediaUnreadable } from '../../errors.ts';

/** The address, if it stands on one of the origins that media may come from; else null. */
export function allowedUrl(url: string, mediaHosts: readonly string[], base?: string): URL | null {
  if (!URL.canParse(url, base)) return null;
  const parsed = new URL(url, base);
  const plain = parsed.username === '' && parsed.password === '';
  return plain && mediaHosts.includes(parsed.origin) ? parsed : null;
}

/** As `allowedUrl`. @throws MediaUnreadable where it isn't, before any request. */
export function requireAllowed(url: string, mediaHosts: readonly string[], base?: string): URL {
  const parsed = allowedUrl(url, mediaHosts, base);
  if (parsed) return parsed;
  const origin = URL.canParse(url, base) ? new URL(url, base).origin : 'an address that is none';
  throw mediaUnreadable(`the media stands on ${origin}, which is not among MEDIA_HOSTS`);
}
