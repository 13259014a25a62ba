import type { CatalogClip } from '../../catalog/catalog.ts';
import { pagePath, videoPath } from '../paths.ts';
import { httpsAddress, oembedAddress } from './clip/addresses.ts';
import { discordVideo, type DiscordVideo } from './clip/discord-video.ts';
import { previewImage, sizeOf, type PreviewImage } from './clip/preview-image.ts';
import { pictureAlt, previewDescription, previewTitle, siteName } from './clip/texts.ts';
import type { Size } from './fit-into.ts';
import { isPreviewable } from './is-previewable.ts';
import type { PreviewSettings } from './preview-settings.ts';

/** A tag for the `<head>` of a page. The values are not escaped. */
export type PreviewTag =
  | { tag: 'meta'; attributes: { property: string; content: string } }
  | { tag: 'meta'; attributes: { name: string; content: string } }
  | { tag: 'link'; attributes: { rel: string; href: string; type?: string } };

/** The library's accent colour. Discord accepts only `#RRGGBB` and `#RRGGBBAA`. */
export const THEME_COLOR = '#3DDC97';

/**
 * Returns the tags that make apps such as Discord, Slack and Mastodon show a preview of the clip's page. The tags follow
 * https://ogp.me, https://oembed.com and https://docs.discord.com/developers/link-previews/overview.
 *
 * The result depends only on the catalog's row, and never on a request to Discord or Temporal, because crawlers give a
 * page ten seconds in all. If the clip may not be shown, or is null, the tags contain nothing but the library's name.
 *
 * If the library has no public https address, the tags contain only texts. Crawlers show no video from a server without
 * https, and no crawler reaches a loopback address.
 */
export function headOf(clip: CatalogClip | null, settings: PreviewSettings): PreviewTag[] {
  const site = [property('og:site_name', siteName(settings)), name('theme-color', THEME_COLOR)];
  if (clip === null || !isPreviewable(clip, settings)) {
    // Without a title among the tags, crawlers would show the page's own title and description.
    return [...site, ...titleTags(siteName(settings))];
  }
  const page = httpsAddress(settings, pagePath(clip.id));
  const image = previewImage(clip, settings);
  const video = discordVideo(clip);
  const videoAddress = video && httpsAddress(settings, videoPath(clip));
  return [
    ...site,
    ...titleTags(previewTitle(clip)),
    property('og:description', previewDescription(clip)),
    ...pageTags(page, oembedAddress(settings, clip.id)),
    ...(video !== null && videoAddress !== null
      ? videoTags(videoAddress, video, sizeOf(clip))
      : pictureCardTags(image)),
    ...(image === null ? [] : imageTags(image, pictureAlt(clip))),
  ];
}

function titleTags(title: string): PreviewTag[] {
  return [property('og:title', title), name('twitter:title', title)];
}

function pageTags(page: string | null, oembed: string | null): PreviewTag[] {
  const tags: PreviewTag[] = [];
  if (page !== null) {
    tags.push(property('og:url', page));
    tags.push({ tag: 'link', attributes: { rel: 'canonical', href: page } });
  }
  if (oembed !== null) {
    const type = 'application/json+oembed';
    tags.push({ tag: 'link', attributes: { rel: 'alternate', type, href: oembed } });
  }
  return tags;
}

/**
 * `twitter:player` is the video itself, not a page with a player. Then Discord need not fetch the video to draw a
 * preview picture: https://github.com/eklonofficial/Vice/issues/207
 */
function videoTags(address: string, { type }: DiscordVideo, size: Size | null): PreviewTag[] {
  return [
    property('og:type', 'video.other'),
    property('og:video', address),
    property('og:video:secure_url', address),
    property('og:video:type', type),
    ...sizeTags((key, value) => property(`og:video:${key}`, value), size),
    name('twitter:card', 'player'),
    name('twitter:player', address),
    name('twitter:player:stream', address),
    name('twitter:player:stream:content_type', type),
    ...sizeTags((key, value) => name(`twitter:player:${key}`, value), size),
  ];
}

/** Never beside a video, because the card `summary_large_image` makes Discord ignore the video. */
function pictureCardTags(image: PreviewImage | null): PreviewTag[] {
  return [
    property('og:type', 'website'),
    name('twitter:card', image === null ? 'summary' : 'summary_large_image'),
  ];
}

/** Discord applies size, type and text to the picture above them, so each picture has its own. */
function imageTags({ address, type, size }: PreviewImage, alt: string): PreviewTag[] {
  return [
    property('og:image', address),
    ...(type === null ? [] : [property('og:image:type', type)]),
    ...sizeTags((key, value) => property(`og:image:${key}`, value), size),
    property('og:image:alt', alt),
    name('twitter:image', address),
    ...sizeTags((key, value) => name(`twitter:image:${key}`, value), size),
    name('twitter:image:alt', alt),
  ];
}

function sizeTags(
  tagOf: (key: 'width' | 'height', value: string) => PreviewTag,
  size: Size | null,
): PreviewTag[] {
  if (size === null) return [];
  return [tagOf('width', String(size.width)), tagOf('height', String(size.height))];
}

function property(key: string, content: string): PreviewTag {
  return { tag: 'meta', attributes: { property: key, content } };
}

function name(key: string, content: string): PreviewTag {
  return { tag: 'meta', attributes: { name: key, content } };
}
