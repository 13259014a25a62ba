import type { Context, Env, Hono } from 'hono';
import { CatalogUnavailable, type CatalogClip } from '../../catalog/catalog.ts';
import { NotListedYet } from '../support/not-listed-yet.ts';
import { isClipId } from '../paths.ts';
import { clipIdInPermalink } from './clip/addresses.ts';
import { embedFault, embedPage, embedPolicy } from './embed/embed-page.tsx';
import { oembedOf } from './embed/oembed.ts';
import { isPreviewable } from './is-previewable.ts';
import type { PreviewSettings } from './preview-settings.ts';

export interface PreviewParts {
  /**
   * Returns a clip that the sender of the request may see, or null. Called only with ids that have the form of a clip's.
   * @throws CatalogUnavailable, or NotListedYet if the catalog may soon have the clip
   */
  findClip: (id: string, context: Context) => Promise<CatalogClip | null>;
  settings: PreviewSettings;
  /** The origins to which the redirect of a video may lead, from the setting MEDIA_HOSTS. */
  mediaHosts: readonly string[];
}

/** How long a caller should wait if the catalog does not answer. In seconds. */
const RETRY_AFTER_SECONDS = 60;

/** A number of pixels in a parameter of oEmbed. */
const PIXELS = /^[1-9]\d{0,4}$/;

/**
 * Adds `GET /oembed` and `GET /embed/<Id>`, which show clips on other websites. Neither of them sets or reads a cookie,
 * because both show only clips that everybody may see. A clip that may not be shown gets the same answer as a clip that
 * does not exist, so that nobody learns that there is one.
 */
export function addPreviewRoutes<E extends Env>(app: Hono<E>, parts: PreviewParts): void {
  app.get('/oembed', (context) => answerOembed(context, parts));
  app.get('/embed/:id', (context) => answerEmbed(context, parts));
}

/** The statuses are those of https://oembed.com/#section2.3.4. Its 401 would tell that a private clip exists. */
async function answerOembed(context: Context, parts: PreviewParts): Promise<Response> {
  setCommonHeaders(context);
  const { settings } = parts;
  const { format = 'json', url = '', maxwidth, maxheight } = context.req.query();
  if (format !== 'json') {
    return context.json({ error: `format "${shown(format)}" is not implemented: use json` }, 501);
  }
  if (![maxwidth, maxheight].every((value) => value === undefined || PIXELS.test(value))) {
    return context.json({ error: 'maxwidth and maxheight must be numbers of pixels' }, 400);
  }
  const id = clipIdInPermalink(url, settings);
  const found = id === null ? null : await findShown(id, context, parts);
  if (found === 'unavailable') {
    return context.json({ error: 'the catalog does not answer: try again in a minute' }, 503);
  }
  if (found === null || settings.url === null) {
    return context.json({ error: 'url is not the permalink of a clip that can be embedded' }, 404);
  }
  const limits = { maxWidth: pixels(maxwidth), maxHeight: pixels(maxheight) };
  return context.json(oembedOf(found, { ...settings, url: settings.url }, limits));
}

async function answerEmbed(context: Context, parts: PreviewParts): Promise<Response> {
  setCommonHeaders(context);
  context.header('Content-Security-Policy', embedPolicy(parts.mediaHosts));
  const clip = await findShown(context.req.param('id') ?? '', context, parts);
  if (clip === 'unavailable') {
    return context.html(embedFault('The library is starting or busy. Try again in a minute.'), 503);
  }
  return clip === null
    ? context.html(embedFault('This clip can’t be shown here.'), 404)
    : context.html(embedPage(clip));
}

/** Returns null if the clip may not be shown on other websites. */
async function findShown(
  id: string,
  context: Context,
  { findClip, settings }: PreviewParts,
): Promise<CatalogClip | 'unavailable' | null> {
  if (!isClipId(id)) return null;
  try {
    const clip = await findClip(id, context);
    return clip !== null && isPreviewable(clip, settings) ? clip : null;
  } catch (error) {
    const isNotListed = error instanceof NotListedYet;
    if (!isNotListed && !(error instanceof CatalogUnavailable)) throw error;
    const seconds = isNotListed ? error.retryAfterSeconds : RETRY_AFTER_SECONDS;
    context.header('Retry-After', String(seconds));
    return 'unavailable';
  }
}

function setCommonHeaders(context: Context): void {
  context.header('Cache-Control', 'private, no-cache');
  context.header('Referrer-Policy', 'no-referrer');
  context.header('X-Content-Type-Options', 'nosniff');
  context.header('X-Robots-Tag', 'noindex');
}

function pixels(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** The beginning of a parameter, for an answer in JSON. */
function shown(text: string): string {
  return text.slice(0, 20);
}
