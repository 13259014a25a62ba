import type { HeadTag } from './parse-head.ts';

export type Layout = 'video' | 'large image' | 'image only' | 'default';

/** What the tags of a page say. A text is empty, and an address is null, if no tag says it. */
export interface PageTags {
  readonly title: string;
  readonly description: string;
  readonly siteName: string;
  readonly color: string | null;
  readonly layout: Layout;
  readonly image: TaggedMedia | null;
  readonly video: TaggedMedia | null;
  readonly alt: string;
  readonly oembed: string | null;
}

export interface TaggedMedia {
  readonly address: string;
  readonly type: string | null;
  readonly width: number | null;
  readonly height: number | null;
}

const IMAGE_KEYS = ['og:image', 'twitter:image'];
const VIDEO_KEYS = ['og:video', 'og:video:url', 'og:video:secure_url', 'twitter:player:stream'];

/**
 * Reads the tags as Discord does: the first text wins, but the last layout and colour.
 * https://docs.discord.com/developers/link-previews/overview#tag-reference
 */
export function readTags(tags: readonly HeadTag[]): PageTags {
  const pairs = tags.filter((tag) => tag.name === 'meta').map(pairOf);
  const first = (...keys: string[]) =>
    pairs.find(({ key, value }) => keys.includes(key) && value !== '')?.value ?? '';
  const title = first('og:title', 'twitter:title');
  const description = first('og:description', 'twitter:description');
  const pageTitle = tags.find((tag) => tag.name === 'title')?.text ?? '';
  // A page's own title and description count only together, and only if there are no others.
  const hasOwnTexts =
    title === '' && description === '' && pageTitle !== '' && first('description') !== '';
  return {
    title: hasOwnTexts ? pageTitle : title,
    description: hasOwnTexts ? first('description') : description,
    siteName: first('og:site_name'),
    color: colorOf(pairs),
    layout: layoutOf(pairs),
    image: mediaOf(first(...IMAGE_KEYS), {
      type: first('og:image:type'),
      width: first('og:image:width', 'twitter:image:width'),
      height: first('og:image:height', 'twitter:image:height'),
    }),
    video: mediaOf(first(...VIDEO_KEYS), {
      type: first('og:video:type', 'twitter:player:stream:content_type'),
      width: first('og:video:width', 'twitter:player:width'),
      height: first('og:video:height', 'twitter:player:height'),
    }),
    alt: first('og:image:alt', 'twitter:image:alt'),
    oembed: tags.find(isOembedLink)?.attributes.href ?? null,
  };
}

interface Pair {
  key: string;
  value: string;
}

function pairOf({ attributes }: HeadTag): Pair {
  return {
    key: attributes.name ?? attributes.property ?? '',
    value: (attributes.content ?? attributes.value ?? '').trim(),
  };
}

function isOembedLink({ name, attributes }: HeadTag): boolean {
  return name === 'link' && attributes.type === 'application/json+oembed';
}

function colorOf(pairs: readonly Pair[]): string | null {
  const colors = pairs.filter(({ key }) => key === 'theme-color').map(({ value }) => value);
  return colors.filter((color) => /^#(?:[\da-f]{6}|[\da-f]{8})$/i.test(color)).at(-1) ?? null;
}

function layoutOf(pairs: readonly Pair[]): Layout {
  let layout: Layout = 'default';
  for (const { key, value } of pairs) {
    if (key === 'og:type' && /^video(?:\.|$)/.test(value)) layout = 'video';
    if (key !== 'twitter:card') continue;
    if (value === 'player') layout = 'video';
    if (value === 'summary_large_image') layout = 'large image';
    if (value === 'photo') layout = 'image only';
  }
  return layout;
}

function mediaOf(
  address: string,
  { type, width, height }: { type: string; width: string; height: string },
): TaggedMedia | null {
  if (address === '') return null;
  return { address, type: type || null, width: pixels(width), height: pixels(height) };
}

function pixels(text: string): number | null {
  return /^[1-9]\d{0,4}$/.test(text) ? Number(text) : null;
}
