import { isClipId, pagePath } from '../../paths.ts';
import type { PreviewSettings } from '../preview-settings.ts';

/**
 * A page with a longer address in its tags gets no preview at all, in characters.
 * https://docs.discord.com/developers/link-previews/overview#limits
 */
export const MAX_ADDRESS_CHARACTERS = 2048;

/** The path of a clip's page, or of its video. */
const PERMALINK_PATH = /^\/c\/([^/.]+)(?:\.\w+)?$/;

/**
 * Returns the absolute address of a path for the tags of a preview. Returns null if the library has no public https
 * address, or if the result is too long. Discord shows only videos that are served over https:
 * https://docs.discord.com/developers/link-previews/overview#video
 */
export function httpsAddress({ url }: Pick<PreviewSettings, 'url'>, path: string): string | null {
  if (url === null || !/^https:\/\//i.test(url)) return null;
  const address = `${url}${path}`;
  return address.length <= MAX_ADDRESS_CHARACTERS ? address : null;
}

/** Returns the address at which oEmbed describes the clip; null in the cases of `httpsAddress`. */
export function oembedAddress(settings: Pick<PreviewSettings, 'url'>, id: string): string | null {
  const page = encodeURIComponent(`${settings.url ?? ''}${pagePath(id)}`);
  return httpsAddress(settings, `/oembed?url=${page}&format=json`);
}

/**
 * Returns the id of the clip whose page or video has this address, or null if the address is not a permalink of this
 * library. Parameters and fragments are ignored, because pages add a time or filters to the permalink.
 */
export function clipIdInPermalink(
  address: string,
  { url }: Pick<PreviewSettings, 'url'>,
): string | null {
  if (url === null || !URL.canParse(address) || !URL.canParse(url)) return null;
  const parsed = new URL(address);
  if (parsed.origin !== new URL(url).origin) return null;
  const id = PERMALINK_PATH.exec(parsed.pathname)?.[1] ?? '';
  return isClipId(id) ? id : null;
}
