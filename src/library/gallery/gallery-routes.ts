import { Hono, type Context } from 'hono';
import type { Audience, RecordedPoster } from '../../catalog/catalog.ts';
import { errorFacts } from '../../errors.ts';
import { OLD_GALLERY } from '../http/data-paths.ts';
import type { FaultPages } from '../http/faults.tsx';
import { originOf } from '../http/origin.ts';
import { sendJson } from '../http/respond.ts';
import { avatarPathOf, cardPath, isClipId } from '../paths.ts';
import { isCovered } from '../texts/covered.ts';
import { readerOf, type RouteParts } from '../routes/reader.ts';
import { Remembered } from '../support/remembered.ts';
import { Slots } from '../support/slots.ts';
import { oldPosterName, oldRecordOf } from './old-record.ts';
import { streamObject, type Entries } from './stream-object.ts';

/** A page of records takes about 120 KB. */
const CLIPS_PER_PAGE = 200;
/** How long the names of posters are remembered, in milliseconds, because the catalog reads all clips to list them. */
const NAMES_REMEMBERED_MS = 10_000;
/** Everybody who is not on this machine sees the same clips. */
const MAX_REMEMBERED = 4;

/**
 * PGlite works on one statement at a time, so a search waits for one page of each long answer. A page takes 24 ms of CPU
 * time in PGlite and the library together, with 10,000 clips as with 60,000.
 */
export const MAX_LONG_ANSWERS = 2;
/** At 1.6 Mbit/s, the records of 100,000 clips (50 MB) take about 4 minutes. */
const MAX_ANSWER_MS = 10 * 60 * 1000;

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * The data of the old gallery, discord-clip-library, at the addresses that the gallery asks for. The gallery runs
 * unchanged: https://github.com/cranberriez/discord-clip-library
 */
export function createGalleryRoutes(parts: RouteParts, faults: FaultPages): Hono {
  const { catalog, log, now } = parts;
  const slots = new Slots(MAX_LONG_ANSWERS);
  const names = new Remembered<RecordedPoster[]>({
    rememberMs: NAMES_REMEMBERED_MS,
    maxAnswers: MAX_REMEMBERED,
    now,
  });
  const app = new Hono();

  app.get(`${OLD_GALLERY}/messages`, (c) => {
    const origin = originOf(c, parts);
    return stream(c, async (audience, after) => {
      const { clips, next } = await catalog.listLive(audience, { after, limit: CLIPS_PER_PAGE });
      const entries = clips.map((each) => [each.clip.id, oldRecordOf(each, origin)] as const);
      return { entries, next };
    });
  });

  app.get(`${OLD_GALLERY}/userdata`, async (c) => {
    const audience = readerOf(c, parts);
    const posters = await names.get(JSON.stringify(audience), () =>
      catalog.listRecordedPosters(audience),
    );
    const origin = originOf(c, parts);
    const users = posters.map(({ recordedName, poster }) => {
      const path = avatarPathOf(poster);
      const user = { Name: oldPosterName(poster.username), Url: path && `${origin}${path}` };
      // Names that differ only in invisible characters have one key.
      return [oldPosterName(recordedName), user] as const;
    });
    return await sendJson(c, Object.fromEntries(users));
  });

  app.get(`${OLD_GALLERY}/thumb/:name`, async (c) => {
    const [, id = ''] = /^(.+)\.png$/.exec(c.req.param('name')) ?? [];
    const clip = isClipId(id) ? await parts.findClip(c, id) : null;
    const isShown = clip !== null && clip !== 'gone' && clip.status === 'live' && !isCovered(clip);
    const path = isShown ? cardPath(clip) : null;
    if (path === null) return await faults.notFound(c);
    return await sendJson(c, { url: `${originOf(c, parts)}${path}` });
  });
  return app;

  /** The first page is read before the answer begins, so that a catalog that does not answer is a 503. */
  async function stream(c: Context, readPage: ReadPage): Promise<Response> {
    const headers = { 'Content-Type': JSON_TYPE };
    // Nobody would read the stream.
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    const release = slots.take();
    try {
      const audience = readerOf(c, parts);
      const first = await readPage(audience, null);
      const onClose = (fault: Error | null) => {
        release();
        if (fault === null) return;
        const { type, message } = errorFacts(fault);
        log.warn({ reason: `${type}: ${message}` }, 'a list for the old gallery is incomplete');
      };
      const body = streamObject(pagesOf(first, audience, readPage), {
        onClose,
        maxMs: MAX_ANSWER_MS,
      });
      return new Response(body, { headers });
    } catch (error) {
      release();
      throw error;
    }
  }
}

interface Page {
  entries: Entries;
  /** Where the next page begins; null on the last page. */
  next: string | null;
}

type ReadPage = (audience: Audience, after: string | null) => Promise<Page>;

async function* pagesOf(
  first: Page,
  audience: Audience,
  readPage: ReadPage,
): AsyncGenerator<Entries, void, undefined> {
  let page = first;
  yield page.entries;
  while (page.next !== null) {
    page = await readPage(audience, page.next);
    yield page.entries;
  }
}
