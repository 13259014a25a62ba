import type { Context } from 'hono';
import { tagOf, TextDocument } from './document.ts';
import { REVALIDATE } from './headers.ts';
import { toDocument, type Html } from './html.tsx';
import { preferencesOf } from './preferences.ts';

const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

export interface SendOptions {
  contentType: string;
  cacheControl: string;
}

/** Sends a page. `status` defaults to 200. A page with another status is never cached. */
export async function sendPage(
  c: Context,
  page: Html,
  options: { status?: number; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { status = 200, headers = {} } = options;
  const html = await toDocument(page, preferencesOf(c));
  if (status === 200) return await sendDocument(c, new TextDocument(html));
  return new Response(html, { status, headers: { ...headers, 'Content-Type': HTML } });
}

/**
 * Sends a text with the status 200, by default as HTML, compressed if the client can read that. A compressed body has a weak ETag,
 * because the tag names the text and not its bytes.
 */
export async function sendDocument(
  c: Context,
  document: TextDocument,
  contentType = HTML,
): Promise<Response> {
  const headers = { 'Cache-Control': REVALIDATE, Vary: 'Accept-Encoding' };
  const encoding = document.encodingFor(c.req.header('accept-encoding'));
  const etag = encoding === null ? document.etag : `W/${document.etag}`;
  if (isKnown(c.req.header('if-none-match'), document.etag)) {
    return new Response(null, { status: 304, headers: { ...headers, ETag: etag } });
  }
  const sent = { ...headers, ETag: etag, 'Content-Type': contentType };
  if (encoding === null) return new Response(document.body, { headers: sent });
  return new Response(await document.compressed(encoding), {
    headers: { ...sent, 'Content-Encoding': encoding },
  });
}

/** Sends JSON. `status` defaults to 200. */
export async function sendJson(c: Context, value: unknown, status = 200): Promise<Response> {
  const json = `${JSON.stringify(value)}\n`;
  if (status === 200) return await sendDocument(c, new TextDocument(json), JSON_TYPE);
  return new Response(json, { status, headers: { 'Content-Type': JSON_TYPE } });
}

/** Sends a body with an ETag, or only 304 if the client has the body already. */
export function sendTagged(
  c: Context,
  body: string | Uint8Array<ArrayBuffer>,
  { contentType, cacheControl }: SendOptions,
): Response {
  const etag = `"${tagOf(body)}"`;
  const headers = { ETag: etag, 'Cache-Control': cacheControl };
  if (isKnown(c.req.header('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(body, { status: 200, headers: { ...headers, 'Content-Type': contentType } });
}

/** True if the client has the body with this tag. Proxies that compress a body weaken its tag. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** Redirects within the library. */
export function sendTo(path: string, status: 302 | 308, cacheControl: string): Response {
  return new Response(null, {
    status,
    headers: { Location: path, 'Cache-Control': cacheControl },
  });
}
