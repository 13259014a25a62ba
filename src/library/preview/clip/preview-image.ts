import type { CatalogClip } from '../../../catalog/catalog.ts';
import { fitInto, type Size } from '../fit-into.ts';
import type { PreviewSettings } from '../preview-settings.ts';
import { picturePath } from '../../paths.ts';
import { httpsAddress } from './addresses.ts';

/** The picture of a clip, as a preview names it. */
export interface PreviewImage {
  address: string;
  /** Null if the content type is unknown. */
  type: string | null;
  /** Null if the size is unknown. */
  size: Size | null;
}

/** The longer side of a poster image has at most this many pixels; see docs/records.md. */
const MAX_POSTER_SIDE = 1280;

const THUMBNAIL_TYPES: Readonly<Record<string, string>> = {
  webp: 'image/webp',
  png: 'image/png',
  jpg: 'image/jpeg',
};

/**
 * Returns the clip's poster image, or the thumbnail of a clip without a poster image. Returns null if there is no picture,
 * or if the library has no public https address.
 *
 * The size of a poster image is the clip's size, scaled down. It is computed because Discord otherwise has to fetch the
 * picture to measure it: https://docs.discord.com/developers/link-previews/overview#images
 */
export function previewImage(
  clip: Pick<CatalogClip, 'height' | 'id' | 'posterImage' | 'thumbnail' | 'width'>,
  settings: Pick<PreviewSettings, 'url'>,
): PreviewImage | null {
  const { posterImage, thumbnail } = clip;
  if (posterImage !== null) {
    const address = httpsAddress(settings, picturePath(clip.id, 'poster.jpg', posterImage));
    const box = { width: MAX_POSTER_SIDE, height: MAX_POSTER_SIDE };
    const size = sizeOf(clip);
    return address === null
      ? null
      : { address, type: 'image/jpeg', size: size && fitInto(size, box) };
  }
  if (thumbnail === null) return null;
  const address = httpsAddress(settings, picturePath(clip.id, 'card', thumbnail));
  const extension = thumbnail.key.split('.').pop() ?? '';
  return address === null
    ? null
    : { address, type: THUMBNAIL_TYPES[extension] ?? null, size: null };
}

/** The clip's size in pixels, or null if it is unknown. */
export function sizeOf({ width, height }: Pick<CatalogClip, 'width' | 'height'>): Size | null {
  return width !== null && height !== null && width > 0 && height > 0 ? { width, height } : null;
}
