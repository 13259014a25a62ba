import { Hono, type Context } from 'hono';
import type { ClipQuery } from '../../catalog/catalog.ts';
import { canSee } from '../access.ts';
import { TextDocument } from '../http/document.ts';
import type { FaultPages } from '../http/faults.tsx';
import { NO_STORE } from '../http/headers.ts';
import { toDocument } from '../http/html.tsx';
import { preferencesOf } from '../http/preferences.ts';
import { sendDocument, sendTo } from '../http/respond.ts';
import { findProfile, PROFILE_FILTERS, type ProfileKind } from '../lists/find-profile.ts';
import { nameFilters } from '../lists/name-filters.ts';
import { findSameDay } from '../lists/same-day.ts';
import { nameWatchedChannels } from '../lists/watched-channels.ts';
import { ListPage } from '../pages/list-page.tsx';
import { pagePath } from '../paths.ts';
import type { LibraryParts } from '../ports.ts';
import {
  listAddress,
  CLIPS_PER_PAGE,
  orderParameters,
  readPlace,
  type ListPlace,
} from '../search/list-place.ts';
import { listPath, parseSearch, type Search } from '../search/parse-search.ts';
import { withSeed } from '../search/with-seed.ts';
import { Limiter } from '../support/limiter.ts';
import { Remembered } from '../support/remembered.ts';
import { SPECULATION_RULES_PATH } from './speculation-routes.ts';
import { checkComplete, readerOf } from './reader.ts';

/**
 * A page with a list of clips is sent again for this long, in milliseconds, to all readers who may see the same clips. A
 * new clip reaches the catalog within about a second. With VERSION_REMEMBERED_MS, a page is at most 2.5 s older than
 * the catalog.
 */
export const LIST_REMEMBERED_MS = 2000;
/** If the content of the catalog has not changed, a page is sent again for this long, in milliseconds. It says "3 min". */
export const UNCHANGED_LIST_MS = 30_000;
/** A page takes about 45 KB, and its compressed forms 7 KB each: at most 30 MB. */
const MAX_REMEMBERED_LISTS = 500;
/** A long page takes as much work as ten others, so few are made at a time. */
export const MAX_LONG_PAGES = 2;
const MAX_WAITING_LONG_PAGES = 50;

/** The id of a poster in the catalog: the id of the user; for a webhook, the webhook's id and a hash. */
const POSTER_ID = /^\d{1,20}(?:-[0-9a-f]{1,64})?$/;
const CHANNEL_ID = /^\d{1,20}$/;

interface ListDocument {
  /** Null for a page about somebody of whom the reader may see nothing. */
  document: TextDocument | null;
  /** The version of the content that the document shows, or an older one; null if the catalog is incomplete. */
  version: number | null;
}

/** The routes that list clips or choose one. */
export function createListRoutes(parts: LibraryParts, faults: FaultPages): Hono {
  const { catalog, settings, now } = parts;
  const documents = new Remembered<ListDocument>({
    rememberMs: LIST_REMEMBERED_MS,
    maxAnswers: MAX_REMEMBERED_LISTS,
    now,
    recheck: {
      maxMs: UNCHANGED_LIST_MS,
      isValid: async ({ version }) =>
        version !== null && version === (await catalog.readContentVersion()),
    },
  });
  const longPages = new Limiter({
    maxRunning: MAX_LONG_PAGES,
    maxWaiting: MAX_WAITING_LONG_PAGES,
  });
  const app = new Hono();
  app.get('/', (c) => sendList(c, null, ''));
  app.get('/posters/:id{.+}', (c) => sendProfile(c, 'poster', c.req.param('id'), POSTER_ID));
  app.get('/channels/:id{.+}', (c) => sendProfile(c, 'channel', c.req.param('id'), CHANNEL_ID));
  app.get('/games/:name{.+}', (c) => sendProfile(c, 'game', c.req.param('name'), /./));
  app.get('/random', async (c) => {
    const search = parseSearch(new URL(c.req.url).searchParams, settings.timeZone);
    const query: ClipQuery = { ...queryOf(c, search), sort: 'random', seed: Math.random() };
    const [clip] = (await catalog.search(query, { limit: 1 })).clips;
    if (clip === undefined) return sendTo(listPath(search), 302, NO_STORE);
    const order = orderParameters(search);
    return sendTo(`${pagePath(clip.id)}${order === '' ? '' : `?${order}`}`, 302, NO_STORE);
  });
  // Links of the old gallery. The gallery had no pages for clips, only this parameter.
  for (const path of ['/discord-clip-library', '/discord-clip-library/']) {
    app.get(path, sendToOldClip);
  }
  return app;

  async function sendProfile(c: Context, kind: ProfileKind, value: string, form: RegExp) {
    return form.test(value) ? await sendList(c, kind, value) : await faults.notFound(c);
  }

  async function sendList(c: Context, kind: ProfileKind | null, value: string): Promise<Response> {
    const { pathname, searchParams: parameters } = new URL(c.req.url);
    const name = kind === null ? null : PROFILE_FILTERS[kind];
    if (name !== null) setFirst(parameters, name, value);
    const search = withSeed(parseSearch(parameters, settings.timeZone));
    const [fixed = null, ...others] = search.filters.filter((filter) => filter.name === name);
    if (kind !== null && fixed === null) return await faults.notFound(c);
    const place = readPlace(parameters, { path: pathname, fixed });
    // The page is about one poster, channel or game. The reader asked for others too.
    const isElsewhere = others.length > 0;
    // Another address would lack what was ignored or cut, so its page could not say so.
    if ((search.hasOperators || isElsewhere) && !search.isCut && !search.hasIgnored) {
      const address = isElsewhere ? listPath(search) : listAddress(search, place);
      return sendTo(address, 302, NO_STORE);
    }
    const preferences = preferencesOf(c);
    const key = JSON.stringify([search, place, preferences, readerOf(c, parts)]);
    const create = async (): Promise<ListDocument> => ({
      // Before the document, so that a change in between has another version.
      version: await catalog.readContentVersion(),
      document: await createDocument(c, search, place, kind),
    });
    // A long page restores what one reader had seen, and takes ten times the memory.
    const isLong = place.limit > CLIPS_PER_PAGE;
    const { document } = await (isLong ? longPages.run(create) : documents.get(key, create));
    if (document === null) {
      await checkComplete(c, parts);
      return await faults.notFound(c);
    }
    const response = await sendDocument(c, document);
    response.headers.set('Speculation-Rules', `"${SPECULATION_RULES_PATH}"`);
    return response;
  }

  /** Returns null for a page about somebody of whom the reader may see nothing. */
  async function createDocument(
    c: Context,
    search: Search,
    place: ListPlace,
    kind: ProfileKind | null,
  ): Promise<TextDocument | null> {
    const audience = readerOf(c, parts);
    const preferences = preferencesOf(c);
    const query = queryOf(c, search);
    const isFirst = search.text === '' && search.filters.length === 0 && search.cursor === null;
    const after = search.cursor === null ? {} : { after: search.cursor };
    const [page, state, facets, day, profile] = await Promise.all([
      catalog.search(query, { ...after, limit: place.limit }),
      catalog.readState(),
      place.isFilterOpen ? catalog.countFacets(query) : null,
      isFirst ? findSameDay(parts, audience, preferences.hiddenDay) : null,
      kind === null ? null : findProfile(parts, kind, place.fixed?.value ?? '', audience),
    ]);
    if (kind !== null && profile === null) return null;
    const { everything: seesEverything } = audience;
    const isFirstRun = isFirst && page.clips.length === 0 && seesEverything;
    const [labelOf, watched] = await Promise.all([
      nameFilters(catalog, search, page, audience),
      isFirstRun ? nameWatchedChannels(parts) : [],
    ]);
    const extra = { facets, day, profile, labelOf, watched };
    const nowMs = now();
    const list = { settings, search, place, page, state, seesEverything, nowMs };
    return new TextDocument(await toDocument(ListPage({ ...list, ...extra }), preferences));
  }

  function queryOf(c: Context, search: Search): ClipQuery {
    const { showDeleted } = settings;
    return { ...search.query, audience: readerOf(c, parts), showDeleted };
  }

  async function sendToOldClip(c: Context): Promise<Response> {
    const given = c.req.query('clip');
    if (given === undefined) return sendTo('/', 302, NO_STORE);
    const oldId = given.toLowerCase();
    const clipId = /^[0-9a-f]{8}$/.test(oldId) ? await catalog.findOldId(oldId) : null;
    const link = clipId === null ? null : await catalog.findLink(clipId);
    if (link !== null && canSee(readerOf(c, parts), link)) {
      return sendTo(`/c/${link.id}`, 308, NO_STORE);
    }
    await checkComplete(c, parts);
    return await faults.notFound(c);
  }
}

/** Puts a value before the other values of a parameter. */
function setFirst(parameters: URLSearchParams, name: string, value: string): void {
  const others = parameters.getAll(name);
  parameters.set(name, value);
  for (const other of others) parameters.append(name, other);
}
