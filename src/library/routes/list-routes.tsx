import { Hono, type Context } from 'hono';
import type { ClipPage, ClipQuery } from '../../catalog/catalog.ts';
import type { FaultPages } from '../http/faults.tsx';
import { NO_STORE } from '../http/headers.ts';
import { toDocument } from '../http/html.ts';
import { sendDocument, sendTo } from '../http/respond.ts';
import { ListPage } from '../pages/list-page.tsx';
import { pagePath } from '../paths.ts';
import type { LibraryParts } from '../ports.ts';
import { parseSearch, type Search } from '../search/parse-search.ts';
import { withSeed } from '../search/with-seed.ts';
import { Remembered } from '../support/remembered.ts';
import { canSee } from '../access.ts';
import { checkComplete, readerOf } from './reader.ts';

const CLIPS_PER_PAGE = 24;

/**
 * A page with a list of clips is sent again for this long, in milliseconds, to all readers who may see the same clips. A
 * new clip reaches the catalog within about a second.
 */
export const LIST_REMEMBERED_MS = 2000;
/** A page takes about 20 KB. */
const MAX_REMEMBERED_LISTS = 200;

/** The routes that list clips or choose one. */
export function createListRoutes(parts: LibraryParts, faults: FaultPages): Hono {
  const { catalog, settings, now } = parts;
  const rememberMs = LIST_REMEMBERED_MS;
  const documents = new Remembered<string>({ rememberMs, maxAnswers: MAX_REMEMBERED_LISTS, now });
  const app = new Hono();
  app.get('/', async (c) => {
    const search = withSeed(parseSearch(new URL(c.req.url).searchParams, settings.timeZone));
    const audience = readerOf(c, parts);
    const html = await documents.get(JSON.stringify([search, audience]), async () => {
      const [page, state] = await Promise.all([find(c, search), catalog.readState()]);
      const { everything: seesEverything } = audience;
      return await toDocument(ListPage({ settings, search, page, state, seesEverything }));
    });
    return sendDocument(c, html);
  });
  app.get('/random', async (c) => {
    const search = parseSearch(new URL(c.req.url).searchParams, settings.timeZone);
    const query: ClipQuery = { ...queryOf(c, search), sort: 'random', seed: Math.random() };
    const [clip] = (await catalog.search(query, { limit: 1 })).clips;
    return sendTo(clip === undefined ? '/' : pagePath(clip.id), 302, NO_STORE);
  });
  // Links of the old gallery. The gallery had no pages for clips, only this parameter.
  for (const path of ['/discord-clip-library', '/discord-clip-library/']) {
    app.get(path, sendToOldClip);
  }
  return app;

  function queryOf(c: Context, search: Search): ClipQuery {
    const { showDeleted } = settings;
    return { ...search.query, audience: readerOf(c, parts), showDeleted };
  }

  function find(c: Context, search: Search): Promise<ClipPage> {
    const after = search.cursor === null ? {} : { after: search.cursor };
    return catalog.search(queryOf(c, search), { ...after, limit: CLIPS_PER_PAGE });
  }

  async function sendToOldClip(c: Context): Promise<Response> {
    const oldId = (c.req.query('clip') ?? '').toLowerCase();
    const clipId = /^[0-9a-f]{8}$/.test(oldId) ? await catalog.findOldId(oldId) : null;
    const link = clipId === null ? null : await catalog.findLink(clipId);
    if (link !== null && canSee(readerOf(c, parts), link)) {
      return sendTo(`/c/${link.id}`, 308, NO_STORE);
    }
    await checkComplete(c, parts);
    return await faults.notFound(c);
  }
}
