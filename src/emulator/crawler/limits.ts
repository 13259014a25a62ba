/**
 * The rules of Discord's crawler. Unless a comment names another source, they are from
 * https://docs.discord.com/developers/link-previews/overview
 */

/** https://docs.discord.com/developers/link-previews/component-embeds#prerequisites */
export const PAGE_USER_AGENT = 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)';
export const JSON_USER_AGENT = 'Discordbot/2.0';

/** For the page, oEmbed, the image and the video together. */
export const MAX_TOTAL_MS = 10_000;
export const MAX_PAGE_REDIRECTS = 5;
/**
 * Discord does not document this limit for media. In 2022, the crawler stopped following a second redirect of a video:
 * https://github.com/Xetera/fixtiktok/issues/2
 */
export const MAX_MEDIA_REDIRECTS = 1;

/**
 * How much of a page is read. Discord reads up to 50 MB. This crawler is stricter, because the tags belong at the start
 * of a page.
 */
export const MAX_PAGE_BYTES = 512 * 1024;
export const MAX_OEMBED_BYTES = 64 * 1024;
/** An assumption: Discord documents 50 MB for "data returned", and does not say whether images count. */
export const MAX_IMAGE_BYTES = 50_000_000;
/** Measured by users, not documented: https://github.com/ShaneIsrael/fireshare/issues/697 */
export const MAX_VIDEO_BYTES = 100_000_000;
/** How much of a video is read. */
export const VIDEO_PROBE_BYTES = 64 * 1024;

export const PAGE_TYPES = ['text/html', 'application/xhtml+xml'];
export const IMAGE_TYPES = ['image/png', 'image/gif', 'image/jpeg', 'image/webp', 'image/avif'];
/** By the ending of the file in the video's address. */
export const VIDEO_TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
};

/** A longer title is cut; the other limits prevent the preview. */
export const MAX_TITLE_BYTES = 70;
export const MAX_DESCRIPTION_BYTES = 350;
export const MAX_SITE_NAME_CHARACTERS = 256;
export const MAX_ALT_CHARACTERS = 4096;
export const MAX_ADDRESS_CHARACTERS = 2048;
