import { Hono, type Context } from 'hono';
import {
  CatalogUnavailable,
  type CatalogClip,
  type CatalogPicture,
  type Neighbours,
} from '../../catalog/catalog.ts';
import { parseClipPath } from '../paths.ts';
import type { FaultPages } from '../http/faults.tsx';
import { NO_STORE } from '../http/headers.ts';
import { originOf } from '../http/origin.ts';
import { sendPage } from '../http/respond.ts';
import { faultOf } from '../pages/clip/clip-fault.ts';
import { ClipPage } from '../pages/clip/clip-page.tsx';
import { parseStartSeconds } from '../pages/clip/start-time.ts';
import { dateText } from '../pages/format.ts';
import { hashOfBytes, sendPicture } from '../pictures/send-picture.ts';
import { FreshLinks } from '../redirect/fresh-links.ts';
import { resolveLink, type ResolverParts } from '../redirect/resolve-link.ts';
import { parseSearch, type Search } from '../search/parse-search.ts';
import { deletedText, WORDS } from '../words.ts';
import { isGone, readerOf, type RouteParts } from './reader.ts';

/** How many clips the list "Next up" has. */
const NEXT_UP = 5;
/**
 * True if a request may get the clip's storyboard. The frames of a covered clip are only for those who asked to see them:
 * only a page that shows the clip contains the version, which nobody can guess.
 */
function mayShowMoments(c: Context, { isSpoiler, isNsfw, storyboard }: CatalogClip): boolean {
  if (!isSpoiler && !isNsfw) return true;
  const version = storyboard?.version ?? null;
  return c.req.query('show') === '1' || (version !== null && c.req.query('v') === version);
}

/** The routes `/c/…`: a clip's page, its video and its pictures. */
export function createClipRoutes(parts: RouteParts, faults: FaultPages): Hono {
  const resolver: ResolverParts = {
    finder: parts.finder,
    freshLinks: new FreshLinks(parts),
    mediaHosts: parts.mediaHosts,
    now: parts.now,
  };
  const app = new Hono();
  app.get('/c/:name', async (c) => {
    const path = parseClipPath(c.req.param('name'));
    if (path === null) return await faults.notFound(c);
    return path.ending === null ? await sendClip(c, path.id) : await sendVideo(c, path.id);
  });
  app.get('/c/:id/card', (c) => sendClipPicture(c, (clip) => clip.thumbnail));
  app.get('/c/:id/poster.jpg', (c) => sendClipPicture(c, (clip) => clip.posterImage));
  app.get('/c/:id/moments', (c) =>
    sendClipPicture(c, (clip) => (mayShowMoments(c, clip) ? clip.storyboard : null)),
  );
  return app;

  async function sendClip(c: Context, clipId: string): Promise<Response> {
    const clip = await parts.findClip(c, clipId);
    if (clip === null) return await faults.notFound(c);
    if (clip === 'gone') return await faults.gone(c, deletedText(null));
    const { settings, now } = parts;
    if (isGone(clip, settings)) return await faults.gone(c, goneText(clip));
    const { searchParams } = new URL(c.req.url);
    const search = parseSearch(searchParams, settings.timeZone);
    const view = {
      clip,
      settings,
      search,
      neighbours: await findNeighbours(c, search, clipId),
      fault: faultOf(clip, resolver.freshLinks.failedAt(clipId), now()),
      isShown: searchParams.get('show') === '1',
      startSeconds: parseStartSeconds(searchParams.get('t') ?? '', clip.durationSeconds),
      origin: originOf(c, parts),
      nowMs: now(),
    };
    return await sendPage(c, ClipPage(view));
  }

  /** The clip is worth a page even if the catalog does not answer a second time. */
  async function findNeighbours(
    c: Context,
    { query }: Search,
    clipId: string,
  ): Promise<Neighbours | null> {
    const { catalog, settings } = parts;
    const audience = readerOf(c, parts);
    const shown = { ...query, audience, showDeleted: settings.showDeleted };
    return await catalog.findNeighbours(shown, clipId, NEXT_UP).catch((error: unknown) => {
      if (error instanceof CatalogUnavailable) return null;
      throw error;
    });
  }

  function goneText({ deletedAtMs }: CatalogClip): string {
    const { timeZone } = parts.settings;
    return deletedText(deletedAtMs === null ? null : dateText(deletedAtMs, timeZone));
  }

  async function sendVideo(c: Context, clipId: string): Promise<Response> {
    const resolution = await resolveLink(clipId, readerOf(c, parts), resolver);
    parts.metrics.redirect(resolution.outcome);
    switch (resolution.outcome) {
      case 'unknown':
        return await faults.notFound(c);
      case 'gone':
        return await faults.gone(c, deletedText(null));
      case 'unavailable': {
        const seconds = Math.ceil(resolution.retryAfterMs / 1000);
        return await faults.unavailable(c, WORDS.noLink, seconds);
      }
      default:
        return new Response(null, {
          status: 302,
          headers: { Location: resolution.location, 'Cache-Control': NO_STORE },
        });
    }
  }

  async function sendClipPicture(
    c: Context,
    select: (clip: CatalogClip) => CatalogPicture | null,
  ): Promise<Response> {
    const path = parseClipPath(c.req.param('id') ?? '');
    if (path?.ending !== null) return await faults.notFound(c);
    const clip = await parts.findClip(c, path.id);
    const isHidden = clip === null || clip === 'gone' || isGone(clip, parts.settings);
    const picture = isHidden ? null : select(clip);
    if (picture === null) return await faults.notFound(c);
    const { bucket } = parts;
    const sent = await sendPicture(c, { key: picture.key, bucket, versionOf: hashOfBytes });
    return sent ?? (await faults.notFound(c));
  }
}
