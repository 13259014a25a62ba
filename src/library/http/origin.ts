import type { Context } from 'hono';
import type { LibraryParts } from '../ports.ts';

/**
 * Returns the address of the library without a slash at the end. Without LIBRARY_URL, the address is the one that the
 * request was sent to, which the guard has checked.
 */
export function originOf(c: Context, { settings }: Pick<LibraryParts, 'settings'>): string {
  const { url } = settings;
  return url === null ? new URL(c.req.url).origin : new URL(url).origin;
}
