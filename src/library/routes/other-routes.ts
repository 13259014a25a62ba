import { Hono, type Context } from 'hono';
import type { CatalogState } from '../../catalog/catalog.ts';
import { findAsset, type Asset } from '../assets.ts';
import { chooseEncoding } from '../http/document.ts';
import type { FaultPages } from '../http/faults.tsx';
import { KEEP_FOR_GOOD } from '../http/headers.ts';
import { sendJson, sendTagged } from '../http/respond.ts';
import { sendPicture } from '../pictures/send-picture.ts';
import type { LibraryParts } from '../ports.ts';
import { withDeadline } from '../support/deadline.ts';
import { checkComplete, readerOf } from './reader.ts';

/** How long the catalog may take, in milliseconds. */
const MAX_WAIT_MS = 3000;

/** The id of a user's data: the id of the user; for a webhook, the webhook's id and a hash. */
const USER_DATA_ID = /^\d{1,20}(?:-[0-9a-f]{1,64})?$/;

/** The routes of avatars, assets and the health check. */
export function createOtherRoutes(parts: LibraryParts, faults: FaultPages): Hono {
  const app = new Hono();
  app.get('/a/:id', async (c) => {
    const userDataId = c.req.param('id');
    if (!USER_DATA_ID.test(userDataId)) return await faults.notFound(c);
    // Visitors see the avatars of people whose clips they see.
    const avatar = await parts.catalog.findAvatar(userDataId, readerOf(c, parts));
    if (avatar === null) {
      await checkComplete(c, parts);
      return await faults.notFound(c);
    }
    // The version of an avatar is not a hash of its bytes, but changes with Discord's link to the avatar.
    const { key, version } = avatar;
    const sent = await sendPicture(c, { key, bucket: parts.bucket, versionOf: () => version });
    return sent ?? (await faults.notFound(c));
  });
  app.get('/assets/:name', async (c) => {
    const asset = findAsset(c.req.path);
    if (asset === null) return await faults.notFound(c);
    return sendAsset(c, asset);
  });
  app.get('/healthz', async (c) => {
    const catalog = await describeCatalog();
    const isUp = catalog !== 'unavailable';
    return await sendJson(c, { status: isUp ? 'ok' : 'degraded', catalog }, isUp ? 200 : 503);
  });
  return app;

  async function describeCatalog(): Promise<string> {
    try {
      return nameState(await withDeadline(MAX_WAIT_MS, () => parts.catalog.readState()));
    } catch {
      return 'unavailable';
    }
  }
}

function sendAsset(c: Context, { body, brotli, contentType }: Asset): Response {
  const options = { contentType, cacheControl: KEEP_FOR_GOOD };
  if (brotli === null) return sendTagged(c, body, options);
  const isCompressed = chooseEncoding(c.req.header('accept-encoding')) === 'br';
  const response = sendTagged(c, isCompressed ? brotli : body, options);
  response.headers.set('Vary', 'Accept-Encoding');
  if (isCompressed && response.status === 200) response.headers.set('Content-Encoding', 'br');
  return response;
}

function nameState({ isIncomplete, reconcile }: CatalogState): string {
  if (!isIncomplete) return 'ok';
  return reconcile === null ? 'incomplete' : 'rebuilding';
}
