import type { CatalogClip } from '../../../catalog/catalog.ts';

/**
 * Discord shows no preview at all for a page with a larger video, in bytes. Discord does not document this limit. Users
 * measured it: https://github.com/ShaneIsrael/fireshare/issues/697, https://github.com/sergix44/xbackbone/issues/469
 */
export const MAX_VIDEO_BYTES = 100_000_000;

/** The files that Discord plays: https://docs.discord.com/developers/link-previews/overview#video */
const TYPES_BY_EXTENSION: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
};

/**
 * The codecs that Discord's apps play, in ffprobe's spelling. Discord does not document them.
 * - AV1 since July 2025: https://discord.com/blog/discord-patch-notes-july-7-2025. The app on Linux is known to lag:
 *   https://github.com/flathub/com.discordapp.Discord/issues/565
 * - HEVC plays on some devices only. Elsewhere the sound plays over a still picture:
 *   https://github.com/flathub/com.discordapp.Discord/issues/565, https://github.com/dylanpdx/BetterTwitFix/issues/197
 * - Discord's apps are browsers, and browsers play neither MPEG-4 Part 2 nor ProRes nor MPEG-2:
 *   https://developer.mozilla.org/en-US/docs/Web/Media/Guides/Formats/Video_codecs
 */
const CODECS_BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  'video/mp4': ['h264', 'av1', 'vp9'],
  'video/webm': ['vp8', 'vp9', 'av1'],
  'video/quicktime': ['h264'],
};

export interface DiscordVideo {
  /** The content type with which the media host serves the video. */
  type: string;
}

/**
 * Returns null if Discord could not play the clip, or might give up on the whole preview.
 *
 * A clip of unknown size counts as too large, because a picture is better than no preview. A clip of unknown codec counts
 * as playable, because nearly all clips are H.264.
 */
export function discordVideo(
  clip: Pick<CatalogClip, 'codec' | 'contentType' | 'extension' | 'sizeBytes'>,
): DiscordVideo | null {
  const typeOfExtension = TYPES_BY_EXTENSION[clip.extension.toLowerCase()];
  if (typeOfExtension === undefined) return null;
  // Discord's CDN serves a file with the content type that its message names.
  const type = clip.contentType?.split(';', 1)[0]?.trim().toLowerCase() || typeOfExtension;
  const codecs = CODECS_BY_TYPE[type];
  if (codecs === undefined) return null;
  if (clip.codec !== null && !codecs.includes(clip.codec.toLowerCase())) return null;
  if (clip.sizeBytes === null || clip.sizeBytes > MAX_VIDEO_BYTES) return null;
  return { type };
}
