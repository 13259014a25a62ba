import { Hono, type Context } from 'hono';
import { createApiRoutes } from './api/api-routes.ts';
import { createFeedRoutes } from './feed/feed-routes.ts';
import { createGalleryRoutes } from './gallery/gallery-routes.ts';
import { createFaultPages } from './http/faults.tsx';
import { createGuard } from './http/guard.tsx';
import { createHeaderWriter } from './http/headers.ts';
import { toDocument } from './http/html.tsx';
import { StatusPage } from './pages/status-page.tsx';
import type { LibraryParts } from './ports.ts';
import { addPreviewRoutes } from './preview/preview-routes.ts';
import { createClipRoutes } from './routes/clip-routes.tsx';
import { createListRoutes } from './routes/list-routes.tsx';
import { createOtherRoutes } from './routes/other-routes.ts';
import { createPreferenceRoutes } from './routes/preference-routes.ts';
import { createSpeculationRoutes } from './routes/speculation-routes.ts';
import { createSuggestRoutes } from './routes/suggest-routes.ts';
import { LinkFinder } from './redirect/find-link.ts';
import { createFindClip } from './routes/reader.ts';
import { limitCatalog } from './support/limit-catalog.ts';
import { rememberAnswers } from './support/remember-answers.ts';
import { rememberState } from './support/remember-state.ts';
import { WORDS } from './words.ts';

/** Builds the web pages. Whatever a request contains, the answer is a page or a redirect, never a thrown error. */
export function createLibrary(sources: LibraryParts): Hono {
  const { now } = sources;
  const catalog = rememberAnswers(rememberState(limitCatalog(sources.catalog), now), now);
  const libraryParts: LibraryParts = { ...sources, catalog };
  const finder = new LinkFinder(libraryParts);
  const parts = { ...libraryParts, finder, findClip: createFindClip(libraryParts, finder) };
  const faults = createFaultPages(parts);
  const app = new Hono();
  app.use(createGuard(parts));
  const routes = [
    createListRoutes,
    createClipRoutes,
    createPreferenceRoutes,
    createSpeculationRoutes,
    createOtherRoutes,
    createFeedRoutes,
    createApiRoutes,
    createGalleryRoutes,
  ];
  for (const create of routes) {
    app.route('/', create(parts, faults));
  }
  const { settings, mediaHosts } = parts;
  const findClip = async (id: string, c: Context) => {
    const found = await parts.findClip(c, id);
    return found === 'gone' ? null : found;
  };
  addPreviewRoutes(app, { findClip, settings, mediaHosts });
  app.route('/', createSuggestRoutes(parts));
  app.notFound((c) => faults.notFound(c));
  app.onError((error, c) => faults.failed(error, c));
  return app;
}

/** Answers a request that is so invalid that it has no address. */
export async function answerInvalidRequest({
  settings: { name },
  mediaHosts,
  metrics,
}: Pick<LibraryParts, 'settings' | 'mediaHosts' | 'metrics'>): Promise<Response> {
  const status = 400;
  const sentences = [WORDS.badRequest];
  const page = StatusPage({ name, title: WORDS.badRequestTitle, sentences });
  const headers = new Headers({ 'Content-Type': 'text/html; charset=utf-8' });
  createHeaderWriter(mediaHosts)(headers, '/');
  metrics.answered(status);
  return new Response(await toDocument(page), { status, headers });
}
