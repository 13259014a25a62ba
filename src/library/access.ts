import type { Audience } from '../catalog/catalog.ts';
import type { LibrarySettings } from '../config/settings.ts';
import { hostnameOf, isLoopback } from './http/hosts.ts';

/** The headers that proxies add. A request with one of them may come from anybody, wherever the library listens. */
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'via',
];

type AccessSettings = Pick<
  LibrarySettings,
  'access' | 'address' | 'channelIds' | 'publishedAddress' | 'url'
>;

/** True if other machines can reach the library. In a container, the published address decides. */
export function isPublished({ address, publishedAddress, url }: AccessSettings): boolean {
  const isUrlPublic = url !== null && !isLoopback(new URL(url).hostname);
  return isUrlPublic || !isLoopback(hostnameOf(publishedAddress ?? address) ?? '');
}

/** Returns whose clips the sender of a request may see. `headerOf` returns a header by its name in lower case. */
export function audienceOf(
  settings: AccessSettings,
  headerOf: (name: string) => string | undefined,
): Audience {
  const isOpen = settings.access === 'open';
  const isLocal =
    !isPublished(settings) && PROXY_HEADERS.every((name) => headerOf(name) === undefined);
  return isOpen || isLocal
    ? { everything: true }
    : { everything: false, channelIds: settings.channelIds };
}

/** True if the audience may see every clip of the channel, whether the channel is public or not. */
export function seesChannel(audience: Audience, channelId: string): boolean {
  return audience.everything || audience.channelIds.includes(channelId);
}

/** True if the audience may see the clip. */
export function canSee(
  audience: Audience,
  clip: { channelId: string; isPublic: boolean },
): boolean {
  return clip.isPublic || seesChannel(audience, clip.channelId);
}

/**
 * Checks the settings that decide who reaches the library.
 * @throws Error with one sentence that says what to set
 */
export function checkLibrarySettings(settings: AccessSettings): void {
  const { address, publishedAddress, url } = settings;
  if (url === null && isPublished(settings)) {
    const setting =
      publishedAddress === null
        ? `LIBRARY_ADDRESS=${address}`
        : `LIBRARY_PUBLISHED_ADDRESS=${publishedAddress}`;
    throw new Error(
      `${setting} can be reached from other machines: set LIBRARY_URL to the address that readers use, such as https://clips.example.org`,
    );
  }
  if (url !== null && new URL(url).pathname !== '/') {
    throw new Error(
      `LIBRARY_URL=${url} has a path: the library needs a host of its own, such as https://clips.example.org`,
    );
  }
}
