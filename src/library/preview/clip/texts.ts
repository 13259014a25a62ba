import type { CatalogClip } from '../../../catalog/catalog.ts';
import { SPOILER } from '../../../clip/message/spoilers.ts';
import { plain } from '../../../clip/plain.ts';
import { plainWithoutSecrets } from '../../../errors.ts';

/**
 * Discord cuts a longer title or description, in UTF-8 bytes. A longer site name prevents the preview, in characters.
 * https://docs.discord.com/developers/link-previews/overview#limits
 */
export const MAX_TITLE_BYTES = 70;
export const MAX_DESCRIPTION_BYTES = 350;
export const MAX_SITE_NAME_CHARACTERS = 256;
/** Discord allows 4,096 characters, but a screen reader reads the text aloud without a pause. */
const MAX_ALT_BYTES = 1000;
const MAX_AUTHOR_BYTES = 200;

const ELLIPSIS = '…';
/** What stands for the text of a spoiler. */
const COVER = '▇▇▇';
/** The beginning of a spoiler whose end was cut off, because a title is only the first line of a message. */
const CUT_SPOILER = /\|\|[^]*$/;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The clip's title, at most 70 bytes. */
export function previewTitle(clip: Pick<CatalogClip, 'title'>): string {
  return cut(titleOfClip(clip), MAX_TITLE_BYTES);
}

/**
 * The text of the clip's message without the texts of spoilers, or who posted the clip if the message says nothing more
 * than the title. At most 350 bytes.
 */
export function previewDescription(
  clip: Pick<CatalogClip, 'title' | 'description' | 'poster' | 'channel'>,
): string {
  const text = line(clip.description.replace(SPOILER, COVER));
  if (text !== '' && text !== titleOfClip(clip)) return cut(text, MAX_DESCRIPTION_BYTES);
  const place = clip.channel.name === null ? '' : ` in #${line(clip.channel.name)}`;
  return cut(`Posted by ${authorName(clip)}${place}`, MAX_DESCRIPTION_BYTES);
}

export function authorName({ poster }: Pick<CatalogClip, 'poster'>): string {
  return cut(line(poster.displayName) || line(poster.username), MAX_AUTHOR_BYTES);
}

/** What the clip's picture shows, for people who don't see it. */
export function pictureAlt(clip: Pick<CatalogClip, 'title' | 'altText'>): string {
  const alt = line(clip.altText?.replace(SPOILER, COVER) ?? '');
  return cut(alt || `A frame of the clip “${titleOfClip(clip)}”`, MAX_ALT_BYTES);
}

/** The library's name, at most 256 characters. */
export function siteName({ name }: { name: string }): string {
  return cut(line(name), MAX_SITE_NAME_CHARACTERS, (text) => text.length);
}

function titleOfClip({ title }: Pick<CatalogClip, 'title'>): string {
  return line(title.replace(SPOILER, COVER).replace(CUT_SPOILER, COVER));
}

/** Markup stays, because it is escaped where the text becomes HTML or JSON. Signatures of quoted links are removed. */
function line(text: string): string {
  return plainWithoutSecrets(text, { markup: 'kept' });
}

/**
 * Returns the text if it measures at most `max`, by default in bytes of UTF-8. Otherwise cuts the text between two
 * characters as people see them, so that an emoji stays whole, and adds an ellipsis.
 */
function cut(text: string, max: number, measure: (text: string) => number = utf8Bytes): string {
  if (measure(text) <= max) return text;
  let measured = measure(ELLIPSIS);
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    measured += measure(segment);
    if (measured > max) break;
    end = index + segment.length;
  }
  // One letter with hundreds of accents is one character. `plain` cuts such a character too.
  return end === 0
    ? plain(text, { maxBytes: max, markup: 'kept' })
    : `${text.slice(0, end).trimEnd()}${ELLIPSIS}`;
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}
