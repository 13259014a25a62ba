import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { setCookie } from 'hono/cookie';
import type { FaultPages } from '../http/faults.tsx';
import { NO_STORE } from '../http/headers.ts';
import {
  changePreferences,
  preferencesOf,
  PREFERENCES_COOKIE,
  writePreferences,
} from '../http/preferences.ts';
import { PREFERENCES_PATH } from '../paths.ts';
import type { LibraryParts } from '../ports.ts';

/** A form of preferences has far fewer bytes. */
const MAX_BODY_BYTES = 1024;
const YEAR_SECONDS = 31_536_000;

/** The route `POST /prefs`, which stores preferences in a cookie. */
export function createPreferenceRoutes(
  { settings }: Pick<LibraryParts, 'settings'>,
  faults: FaultPages,
): Hono {
  const app = new Hono();
  const onError = (c: Context) => faults.refused(c, 413);
  app.post(PREFERENCES_PATH, bodyLimit({ maxSize: MAX_BODY_BYTES, onError }), async (c) => {
    const { url } = settings;
    if (!isFromOwnPage(c, url)) return await faults.refused(c, 403);
    const form = new URLSearchParams(await c.req.text());
    const preferences = changePreferences(preferencesOf(c), (name) => form.get(name));
    setCookie(c, PREFERENCES_COOKIE, writePreferences(preferences), {
      path: '/',
      maxAge: YEAR_SECONDS,
      sameSite: 'Lax',
      httpOnly: true,
      secure: url?.startsWith('https:') ?? false,
    });
    c.header('Cache-Control', NO_STORE);
    // A script changes the page by itself.
    if (!(c.req.header('accept') ?? '').includes('text/html')) return c.body(null, 204);
    c.header('Location', pathBefore(c, url));
    return c.body(null, 303);
  });
  return app;
}

/**
 * True if a page of the library sent the form. Browsers send `Origin` with every POST, and `Sec-Fetch-Site` over https
 * and on loopback.
 */
function isFromOwnPage(c: Context, publicUrl: string | null): boolean {
  const origin = c.req.header('origin');
  if (origin === undefined) return c.req.header('sec-fetch-site') === 'same-origin';
  return isOwnAddress(origin, c, publicUrl);
}

/** Returns the path of the page with the form; the first page if the browser doesn't tell. */
function pathBefore(c: Context, publicUrl: string | null): string {
  const referer = c.req.header('referer') ?? '';
  if (!isOwnAddress(referer, c, publicUrl)) return '/';
  const { pathname, search } = new URL(referer);
  // A path that begins with two slashes would name another host.
  return pathname.startsWith('//') || pathname === PREFERENCES_PATH ? '/' : `${pathname}${search}`;
}

/** Behind a proxy, `Host` may be a loopback address, and then LIBRARY_URL names the origin. */
function isOwnAddress(address: string, c: Context, publicUrl: string | null): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, host } = new URL(address);
  return (
    host === new URL(c.req.url).host || (publicUrl !== null && origin === new URL(publicUrl).origin)
  );
}
