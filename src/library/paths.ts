// The paths of the library that belong to a clip.

import type { CatalogClip, CatalogPicture, CatalogPoster } from '../catalog/catalog.ts';
import { isSnowflake } from '../clip/snowflake.ts';
import { CLIP_TYPES } from '../config/settings.ts';

/** Where forms of preferences are sent. */
export const PREFERENCES_PATH = '/prefs';

/** What the last part of a path `/c/…` names: the page of a clip, or its video if there is an ending. */
export interface ClipPath {
  id: string;
  /** Without a dot; null for the clip's page. */
  ending: string | null;
}

const CLIP_PATH = new RegExp(`^((\\d+)-(\\d+))(?:\\.(${CLIP_TYPES.join('|')}))?$`);

/** Returns null if the text is not the id of a clip, with or without the ending of a video. */
export function parseClipPath(text: string): ClipPath | null {
  const [, id, messageId, attachmentId, ending] = CLIP_PATH.exec(text) ?? [];
  if (id === undefined || !isSnowflake(messageId) || !isSnowflake(attachmentId)) return null;
  return { id, ending: ending ?? null };
}

/** True if the text has the form of a clip's id. The id need not exist. */
export function isClipId(text: string): boolean {
  return parseClipPath(text)?.ending === null;
}

/** The path of the clip's page. */
export function pagePath(id: string): string {
  return `/c/${encodeURIComponent(id)}`;
}

/** The path that redirects to the clip's video. The ending is the file's real one. */
export function videoPath({ id, extension }: Pick<CatalogClip, 'id' | 'extension'>): string {
  return `${pagePath(id)}.${encodeURIComponent(extension)}`;
}

/** The path of the page about a poster. `id` is the poster's id in the catalog. */
export function posterPath(id: string): string {
  return `/posters/${encodeURIComponent(id)}`;
}

/** The path of the page about a channel. */
export function channelPath(id: string): string {
  return `/channels/${encodeURIComponent(id)}`;
}

/** The path of the page about a game. Half a character can't be in an address. */
export function gamePath(name: string): string {
  return `/games/${encodeURIComponent(name.replace(/\p{Cs}/gu, ''))}`;
}

/** The path of the page that contains only the player. */
export function embedPath(id: string): string {
  return `/embed/${encodeURIComponent(id)}`;
}

/** The path of a picture of the clip. */
export function picturePath(
  id: string,
  name: 'poster.jpg' | 'card' | 'moments',
  picture: CatalogPicture,
): string {
  return versioned(`${pagePath(id)}/${name}`, picture);
}

/** Returns the path of the clip's thumbnail, or null if there is none. */
export function cardPath({ id, thumbnail }: CatalogClip): string | null {
  return thumbnail && picturePath(id, 'card', thumbnail);
}

/** Returns the path of the clip's poster image, or of its thumbnail, or null if there is no picture. */
export function posterImagePath(clip: CatalogClip): string | null {
  const { id, posterImage } = clip;
  return posterImage === null ? cardPath(clip) : picturePath(id, 'poster.jpg', posterImage);
}

/** Returns the path of the clip's storyboard, or null if there is none. Don't show the path of a covered clip. */
export function momentsPath({
  id,
  storyboard,
}: Pick<CatalogClip, 'id' | 'storyboard'>): string | null {
  return storyboard && picturePath(id, 'moments', storyboard);
}

/** Returns the path of the poster's avatar, or null if there is none. */
export function avatarPath({ poster }: Pick<CatalogClip, 'poster'>): string | null {
  return avatarPathOf(poster);
}

/** The same for a poster. */
export function avatarPathOf({ avatar }: Pick<CatalogPoster, 'avatar'>): string | null {
  const id = /^userData\/(\d+(?:-[0-9a-f]+)?)\.\w+$/.exec(avatar?.key ?? '')?.[1];
  return avatar === null || id === undefined ? null : versioned(`/a/${id}`, avatar);
}

/** With a version, browsers keep the picture, because a new picture has another one. */
function versioned(path: string, { version }: CatalogPicture): string {
  return version === null ? path : `${path}?v=${encodeURIComponent(version)}`;
}
