import type { Context, MiddlewareHandler } from 'hono';
import type { LibraryParts } from '../ports.ts';
import { PREFERENCES_PATH } from '../paths.ts';
import { WORDS } from '../words.ts';
import { createHeaderWriter } from './headers.ts';
import { isOwnHost } from './hosts.ts';
import { sendStatus } from './send-status.tsx';

const METHODS = ['GET', 'HEAD'];
/** Preferences are the only thing that a reader can change. */
const METHODS_OF_PREFERENCES = ['POST'];

type GuardParts = Pick<LibraryParts, 'mediaHosts' | 'metrics' | 'settings'>;

/**
 * Returns the middleware that every request passes first. The middleware refuses requests for another host and other
 * methods, adds the headers of every answer, and counts the answers.
 */
export function createGuard(parts: GuardParts): MiddlewareHandler {
  const writeHeaders = createHeaderWriter(parts.mediaHosts);
  return async (c, next) => {
    const refusal = await refuse(c, parts);
    if (refusal === null) await next();
    else c.res = refusal;
    writeHeaders(c.res.headers, c.req.path);
    parts.metrics.answered(c.res.status);
  };
}

async function refuse(c: Context, { settings }: GuardParts): Promise<Response | null> {
  const { name, url } = settings;
  // A request line may contain a host too.
  const hosts = [c.req.header('host'), new URL(c.req.url).host];
  if (!hosts.every((host) => isOwnHost(host, url))) {
    const page = { name, title: WORDS.wrongHostTitle, sentences: [WORDS.wrongHost] };
    return await sendStatus(c, page, { status: 421 });
  }
  const methods = c.req.path === PREFERENCES_PATH ? METHODS_OF_PREFERENCES : METHODS;
  if (!methods.includes(c.req.method)) {
    const page = { name, title: WORDS.methodTitle, sentences: [WORDS.method] };
    return await sendStatus(c, page, { status: 405, headers: { Allow: methods.join(', ') } });
  }
  return null;
}
