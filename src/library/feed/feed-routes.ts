import { Hono } from 'hono';
import { TextDocument } from '../http/document.ts';
import { originOf } from '../http/origin.ts';
import { sendDocument } from '../http/respond.ts';
import { readerOf, type RouteParts } from '../routes/reader.ts';
import { parseSearch } from '../search/parse-search.ts';
import { Limiter } from '../support/limiter.ts';
import { Remembered } from '../support/remembered.ts';
import { feedDocument } from './feed.ts';

const CLIPS_OF_FEED = 50;
/** Feed readers ask rarely and can wait, so pages of people come first. */
const MAX_SEARCHES = 2;
const MAX_WAITING = 50;
/** A feed is sent again for this long, in milliseconds, to all readers who may see the same clips. */
const REMEMBERED_MS = 10_000;
/** A feed takes about 50 KB. */
const MAX_REMEMBERED = 50;

/** The route `/feed.xml`, which has the filters of the list page. */
export function createFeedRoutes(parts: RouteParts): Hono {
  const { catalog, settings, now } = parts;
  const searches = new Limiter({ maxRunning: MAX_SEARCHES, maxWaiting: MAX_WAITING });
  const feeds = new Remembered<TextDocument>({
    rememberMs: REMEMBERED_MS,
    maxAnswers: MAX_REMEMBERED,
    now,
  });
  const app = new Hono();
  app.get('/feed.xml', async (c) => {
    const search = parseSearch(new URL(c.req.url).searchParams, settings.timeZone);
    const origin = originOf(c, parts);
    const audience = readerOf(c, parts);
    const key = JSON.stringify([search.text, search.filters, audience, origin]);
    const document = await feeds.get(key, () =>
      searches.run(async () => {
        const { showDeleted } = settings;
        const query = { ...search.query, sort: 'newest' as const, audience, showDeleted };
        const { clips } = await catalog.search(query, { limit: CLIPS_OF_FEED });
        return new TextDocument(feedDocument({ settings, search, clips, origin }));
      }),
    );
    return await sendDocument(c, document, 'application/rss+xml; charset=utf-8');
  });
  return app;
}
