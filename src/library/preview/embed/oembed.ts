import type { CatalogClip } from '../../../catalog/catalog.ts';
import { embedPath } from '../../paths.ts';
import { previewImage, sizeOf } from '../clip/preview-image.ts';
import { authorName, previewTitle, siteName } from '../clip/texts.ts';
import { fitInto, type Size } from '../fit-into.ts';
import type { PreviewSettings } from '../preview-settings.ts';

/** The most pixels that a consumer has room for. */
export interface OembedLimits {
  maxWidth: number | null;
  maxHeight: number | null;
}

/** The size of a player whose clip's size is unknown, because oEmbed requires a size. In pixels. */
const DEFAULT_SIZE: Size = { width: 1280, height: 720 };

/**
 * Describes the clip for a website that wants to embed it, by oEmbed 1.0 (https://oembed.com/#section2.3). Mastodon
 * embeds this player. Discord takes the author and the site's name from it:
 * https://docs.discord.com/developers/link-previews/overview#oembed
 *
 * The thumbnail must fit the limits and must have a size. If it does not fit or its size is unknown, it is left out.
 * @param clip a clip that `isPreviewable` allows
 */
export function oembedOf(
  clip: CatalogClip,
  settings: PreviewSettings & { url: string },
  limits: OembedLimits,
): Record<string, string | number> {
  const box = { width: limits.maxWidth ?? Infinity, height: limits.maxHeight ?? Infinity };
  const { width, height } = fitInto(sizeOf(clip) ?? DEFAULT_SIZE, box);
  const title = previewTitle(clip);
  const image = previewImage(clip, settings);
  const size = image?.size ?? null;
  const isThumbnailFit = size !== null && size.width <= box.width && size.height <= box.height;
  return {
    version: '1.0',
    type: 'video',
    title,
    author_name: authorName(clip),
    provider_name: siteName(settings),
    provider_url: `${settings.url}/`,
    width,
    height,
    html: frameOf(`${settings.url}${embedPath(clip.id)}`, title, { width, height }),
    ...(image !== null && isThumbnailFit
      ? {
          thumbnail_url: image.address,
          thumbnail_width: size.width,
          thumbnail_height: size.height,
        }
      : {}),
  };
}

function frameOf(address: string, title: string, { width, height }: Size): string {
  return (
    `<iframe src="${escapeHtml(address)}" width="${width}" height="${height}" title="${escapeHtml(title)}" ` +
    'allow="fullscreen; picture-in-picture" allowfullscreen frameborder="0"></iframe>'
  );
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** For the value of an attribute in double quotes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => REFERENCES[character] ?? character);
}
