import { Hono } from 'hono';
import type { Suggestion } from '../../catalog/catalog.ts';
import { sendJson } from '../http/respond.ts';
import type { LibraryParts } from '../ports.ts';
import { MAX_SUGGESTIONS, planSuggestions, showSuggestions } from '../search/suggestions.ts';
import { Limiter } from '../support/limiter.ts';
import { Remembered } from '../support/remembered.ts';
import { readerOf } from './reader.ts';

/** Names are remembered for this long, in milliseconds, because readers type the same beginnings of names. */
export const SUGGESTIONS_REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 2000;
/** One letter begins many names, and each of them is counted. Pages must not wait for more than a few such counts. */
export const MAX_SUGGESTING = 2;
const MAX_WAITING = 50;

/** The route `/api/suggest?q=…`, which completes the operator or word at the end of a text. */
export function createSuggestRoutes({ catalog, settings, now }: LibraryParts): Hono {
  const remembered = new Remembered<Suggestion[]>({
    rememberMs: SUGGESTIONS_REMEMBERED_MS,
    maxAnswers: MAX_REMEMBERED,
    now,
  });
  const limiter = new Limiter({ maxRunning: MAX_SUGGESTING, maxWaiting: MAX_WAITING });
  const app = new Hono();
  app.get('/api/suggest', async (c) => {
    const { names, operators } = planSuggestions(c.req.query('q') ?? '');
    if (names === null) return await sendJson(c, showSuggestions(operators, []));
    const audience = readerOf(c, { settings });
    const suggested = await remembered.get(JSON.stringify([names, audience]), () => {
      const { showDeleted } = settings;
      const query = { ...names, audience, showDeleted, limit: MAX_SUGGESTIONS };
      return limiter.run(() => catalog.suggest(query));
    });
    return await sendJson(c, showSuggestions(operators, suggested));
  });
  return app;
}
