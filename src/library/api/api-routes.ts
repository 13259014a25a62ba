import { Hono, type Context } from 'hono';
import { MAX_COUNT } from '../../catalog/catalog.ts';
import type { FaultPages } from '../http/faults.tsx';
import { originOf } from '../http/origin.ts';
import { sendJson } from '../http/respond.ts';
import { isClipId } from '../paths.ts';
import { isGone, readerOf, type RouteParts } from '../routes/reader.ts';
import { searchParameters } from '../search/parse-search.ts';
import { withSeed } from '../search/with-seed.ts';
import { Limiter } from '../support/limiter.ts';
import { Remembered } from '../support/remembered.ts';
import { deletedText, invalidParameterText } from '../words.ts';
import { clipJson, type ClipJson } from './clip-json.ts';
import { readParameters, type ApiParameters } from './read-parameters.ts';

/** Programs may ask much faster than people. So that pages stay fast, the other connections to the catalog are theirs. */
const MAX_SEARCHES = 3;
const MAX_WAITING = 50;
/** An answer is sent again for this long, in milliseconds, to all readers who may see the same clips. */
const REMEMBERED_MS = 2000;
/** An answer with 100 clips takes about 150 KB. */
const MAX_REMEMBERED = 50;

/** What `/api/clips` answers. */
interface ClipsJson {
  clips: ClipJson[];
  /** The address of the next page; null on the last page. */
  next: string | null;
  /** At most 1,000. */
  count: number;
  /** False if more than `count` clips match. */
  isCountExact: boolean;
  closeMatches: ClipJson[];
  /** False while the catalog is being rebuilt, so clips may be missing. */
  isComplete: boolean;
}

/** The routes of the JSON API, which docs/api.md describes. Every error is `{"error": "…"}`. */
export function createApiRoutes(parts: RouteParts, faults: FaultPages): Hono {
  const { catalog, settings, now } = parts;
  const searches = new Limiter({ maxRunning: MAX_SEARCHES, maxWaiting: MAX_WAITING });
  const answers = new Remembered<ClipsJson>({
    rememberMs: REMEMBERED_MS,
    maxAnswers: MAX_REMEMBERED,
    now,
  });
  const app = new Hono();
  app.get('/api/clips', async (c) => {
    const read = readParameters(new URL(c.req.url).searchParams, settings.timeZone);
    if ('invalid' in read)
      return await sendJson(c, { error: invalidParameterText(read.invalid) }, 400);
    const parameters = { ...read, search: withSeed(read.search) };
    const key = JSON.stringify([parameters, readerOf(c, parts), originOf(c, parts)]);
    return await sendJson(c, await answers.get(key, () => searches.run(() => find(c, parameters))));
  });
  app.get('/api/clips/:id', async (c) => {
    const id = c.req.param('id');
    const clip = isClipId(id) ? await parts.findClip(c, id) : null;
    if (clip === null) return await faults.notFound(c);
    if (clip === 'gone' || isGone(clip, settings)) return await faults.gone(c, deletedText(null));
    const isShown = c.req.query('show') === '1';
    return await sendJson(c, clipJson(clip, { origin: originOf(c, parts), isShown }));
  });
  return app;

  async function find(c: Context, { search, limit, isShown }: ApiParameters): Promise<ClipsJson> {
    const audience = readerOf(c, parts);
    const origin = originOf(c, parts);
    const { showDeleted } = settings;
    const after = search.cursor === null ? {} : { after: search.cursor };
    const [page, isComplete] = await Promise.all([
      catalog.search({ ...search.query, audience, showDeleted }, { ...after, limit }),
      catalog.isComplete(),
    ]);
    const toJson = (clip: (typeof page.clips)[number]) => clipJson(clip, { origin, isShown });
    const next = searchParameters(search, page.next);
    next.set('limit', String(limit));
    if (isShown) next.set('show', '1');
    return {
      clips: page.clips.map(toJson),
      next: page.next === null ? null : `${origin}/api/clips?${next.toString()}`,
      count: Math.min(page.count, MAX_COUNT - 1),
      isCountExact: page.count < MAX_COUNT,
      closeMatches: page.closeMatches.map(toJson),
      isComplete,
    };
  }
}
