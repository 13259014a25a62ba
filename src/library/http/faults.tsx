import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { routePath } from 'hono/route';
import { CatalogUnavailable } from '../../catalog/catalog.ts';
import { errorFacts } from '../../errors.ts';
import { createLogLimit } from '../../log-limit.ts';
import type { LibraryParts } from '../ports.ts';
import { BucketUnavailable } from '../support/bucket-unavailable.ts';
import { TooBusy } from '../support/limiter.ts';
import { NotListedYet } from '../support/not-listed-yet.ts';
import { requestIdText, WORDS } from '../words.ts';
import { sendStatus } from './send-status.tsx';

/** When a page that needs the catalog or the bucket may be tried again, in seconds. */
const RETRY_SECONDS = 30;
/** When a request may be tried again that came while too many others ran, in seconds. */
const BUSY_RETRY_SECONDS = 10;
const REQUEST_ID_BYTES = 4;
/** How many lines of a stack the log shows. */
const STACK_LINES = 5;

type FaultParts = Pick<LibraryParts, 'log' | 'settings'>;

/** The pages for what does not exist and for what failed. */
export interface FaultPages {
  notFound(c: Context): Promise<Response>;
  /** A video that does not exist any more. The page shows nothing of the clip. */
  gone(c: Context, sentence: string): Promise<Response>;
  /** A form that did not come from a page of the library, or that is too large. */
  refused(c: Context, status: 403 | 413): Promise<Response>;
  unavailable(c: Context, sentence: string, retryAfterSeconds: number): Promise<Response>;
  failed(error: Error, c: Context): Promise<Response>;
}

export function createFaultPages({ log, settings: { name } }: FaultParts): FaultPages {
  const limit = createLogLimit();
  const unavailable: FaultPages['unavailable'] = (c, sentence, retryAfterSeconds) => {
    const href = c.req.path.replace(/\.\w+$/, '') + new URL(c.req.url).search;
    const action = { href, label: WORDS.tryAgain };
    const title = WORDS.unavailableTitle;
    return sendStatus(
      c,
      { name, title, sentences: [sentence], action },
      {
        status: 503,
        headers: { 'Retry-After': String(retryAfterSeconds) },
      },
    );
  };
  return {
    unavailable,
    notFound: (c) => {
      const page = { name, title: WORDS.notFoundTitle, sentences: [WORDS.notFound] };
      return sendStatus(c, page, { status: 404 });
    },
    gone: (c, sentence) => {
      const page = { name, title: WORDS.goneTitle, sentences: [sentence] };
      return sendStatus(c, page, { status: 410 });
    },
    refused: (c, status) => {
      const page = { name, title: WORDS.badRequestTitle, sentences: [WORDS.badRequest] };
      return sendStatus(c, page, { status });
    },
    failed(error, c) {
      if (error instanceof NotListedYet) {
        return unavailable(c, error.message, error.retryAfterSeconds);
      }
      if (error instanceof TooBusy) return unavailable(c, WORDS.busy, BUSY_RETRY_SECONDS);
      const { type, message } = errorFacts(error);
      const sentence = sentenceOf(error);
      if (sentence !== null) {
        if (limit.mayLog(message)) log.warn({ reason: message }, 'a page is not available');
        return unavailable(c, sentence, RETRY_SECONDS);
      }
      const request = randomBytes(REQUEST_ID_BYTES).toString('hex');
      log.error(
        { request, route: routePath(c), reason: `${type}: ${message}`, stack: framesOf(error) },
        'a page could not be made',
      );
      const sentences = [requestIdText(request)];
      const action = { href: pathOf(c), label: WORDS.tryAgain };
      return sendStatus(c, { name, title: WORDS.error, sentences, action }, { status: 500 });
    },
  };
}

function pathOf(c: Context): string {
  return c.req.method === 'GET' ? c.req.path + new URL(c.req.url).search : '/';
}

/** Returns what a reader is told if a part that the page needs is unavailable, or null for any other error. */
function sentenceOf(error: Error): string | null {
  if (error instanceof BucketUnavailable) return WORDS.noPicture;
  return error instanceof CatalogUnavailable ? WORDS.catalogDown : null;
}

/** Returns where an error was thrown, without its message, which may contain a secret. */
function framesOf({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, STACK_LINES)
    .map((line) => line.trim());
}
