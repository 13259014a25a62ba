import type { CatalogClip, CatalogPicture } from '../../catalog/catalog.ts';

/** Returns the address of a clip's thumbnail, or null if there is none. */
export function cardPath({ id, thumbnail }: CatalogClip): string | null {
  return thumbnail === null ? null : versioned(`/c/${id}/card`, thumbnail);
}

/** Returns the address of a clip's poster image, or of its thumbnail, or null if there is no picture. */
export function posterImagePath(clip: CatalogClip): string | null {
  return clip.posterImage === null
    ? cardPath(clip)
    : versioned(`/c/${clip.id}/poster.jpg`, clip.posterImage);
}

/** Returns the address of a poster's avatar, or null if there is none. */
export function avatarPath({ poster: { avatar } }: CatalogClip): string | null {
  const id = /^userData\/(\d+(?:-[0-9a-f]+)?)\.\w+$/.exec(avatar?.key ?? '')?.[1];
  return avatar === null || id === undefined ? null : versioned(`/a/${id}`, avatar);
}

/** The hash of the bytes lets browsers keep the picture without asking again. */
function versioned(path: string, { version }: CatalogPicture): string {
  return version === null ? path : `${path}?v=${encodeURIComponent(version)}`;
}
