import type { CatalogClip } from '../../catalog/catalog.ts';
import type { LibrarySettings } from '../../config/settings.ts';
import { lineOf, posterName } from '../pages/format.ts';
import { pagePath, posterImagePath, videoPath } from '../paths.ts';
import { authorName, previewDescription } from '../preview/clip/texts.ts';
import { listPath, type Search } from '../search/parse-search.ts';
import { isCovered } from '../texts/covered.ts';
import { coveredTitle, feedDescription } from '../words.ts';
import { feedPath } from './feed-path.ts';
import { element, type Xml } from './xml.ts';

const NAMESPACES = {
  'xmlns:media': 'http://search.yahoo.com/mrss/',
  'xmlns:atom': 'http://www.w3.org/2005/Atom',
  'xmlns:dc': 'http://purl.org/dc/elements/1.1/',
};

export interface FeedProps {
  settings: Pick<LibrarySettings, 'name'>;
  search: Search;
  /** Newest first. */
  clips: readonly CatalogClip[];
  /** The library's address without a slash at the end. */
  origin: string;
}

/**
 * Returns the feed of a list of clips: RSS 2.0 (https://www.rssboard.org/rss-specification) with Media RSS
 * (https://www.rssboard.org/media-rss). All addresses are permalinks, because a feed reader keeps them for years.
 */
export function feedDocument({ settings, search, clips, origin }: FeedProps): string {
  const name = lineOf(settings.name);
  const { text } = search;
  const newest = clips[0];
  const channel = element(
    'channel',
    {},
    element('title', {}, text === '' ? name : `${lineOf(text)} · ${name}`),
    element('link', {}, `${origin}${listPath({ ...search, sort: 'newest', query: {} })}`),
    element('description', {}, feedDescription(name)),
    element('atom:link', {
      href: `${origin}${feedPath(search)}`,
      rel: 'self',
      type: 'application/rss+xml',
    }),
    newest === undefined ? null : element('pubDate', {}, rfc822(newest.postedAtMs)),
    clips.map((clip) => item(clip, origin)),
  );
  const rss = element('rss', { version: '2.0', ...NAMESPACES }, channel);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${rss.xml}\n`;
}

/** A covered clip has neither picture, video nor text, because a feed reader would show them without asking. */
function item(clip: CatalogClip, origin: string): Xml {
  const page = `${origin}${pagePath(clip.id)}`;
  const covered = isCovered(clip);
  return element(
    'item',
    {},
    element(
      'title',
      {},
      covered ? coveredTitle(clip, posterName(clip.poster)) : lineOf(clip.title),
    ),
    element('link', {}, page),
    element('guid', { isPermaLink: 'true' }, page),
    element('pubDate', {}, rfc822(clip.postedAtMs)),
    element('dc:creator', {}, authorName(clip)),
    covered ? null : element('description', {}, previewDescription(clip)),
    covered ? null : media(clip, origin),
    element('media:rating', { scheme: 'urn:simple' }, clip.isNsfw ? 'adult' : 'nonadult'),
  );
}

function media(clip: CatalogClip, origin: string): Xml[] {
  const picture = posterImagePath(clip);
  const video = element('media:content', {
    url: `${origin}${videoPath(clip)}`,
    medium: 'video',
    type: clip.contentType === null ? null : lineOf(clip.contentType),
    duration: clip.durationSeconds === null ? null : Math.round(clip.durationSeconds),
    width: clip.width,
    height: clip.height,
    fileSize: clip.sizeBytes,
  });
  return picture === null
    ? [video]
    : [video, element('media:thumbnail', { url: `${origin}${picture}` })];
}

/** RFC 822 with a year of four digits, such as `Mon, 14 Oct 2024 06:44:00 GMT`. */
function rfc822(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}
