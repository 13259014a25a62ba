import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Snowflake } from 'discord-api-types/v10';

import { commit, type Faults } from './faults.ts';
import { avatarFile } from './files.ts';
import type { Links } from './links.ts';
import type { StoredFile } from './model.ts';
import type { Quirks } from './quirks.ts';
import { sendFile, type ServedFile } from './send-file.ts';
import type { Stats } from './stats.ts';
import type { World } from './world.ts';

export interface CdnOptions {
  readonly world: World;
  readonly links: Links;
  readonly faults: Faults;
  readonly quirks: Quirks;
  readonly stats: Stats;
}

/** Serves one request under `/attachments` or `/avatars`. */
export async function serveCdn(
  options: CdnOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const route = `CDN ${method} /${url.pathname.split('/')[1] ?? ''}`;
  const entry = options.stats.begin(route, `${method} ${url.pathname}`);
  response.once('close', () => (entry.status = response.headersSent ? response.statusCode : 0));

  const target = { part: 'cdn', route, request: `${method} ${url.pathname}` } as const;
  const fault = options.faults.take(target);
  if (fault !== undefined && (await commit(fault, request, response))) return;

  const file = findAvatar(options.world, url) ?? findAttachment(options, url);
  if (file === undefined) {
    // A wrong signature, an expired link and a deleted file look alike, on Discord as here.
    response.writeHead(404, { 'Content-Type': 'text/plain;charset=UTF-8' });
    response.end('This content is no longer available.');
    return;
  }
  await sendFile(file, {
    request,
    response,
    ignoreRange: options.quirks.cdnIgnoresRange,
    dropAfterBytes: fault?.dropAfterBytes,
    onBytes: (count) => options.stats.countBytes(entry, count),
  });
}

/**
 * `/avatars/<user>/<hash>.<ending>`, unsigned; the picture is the PNG that it was, whatever ending
 * is asked for.
 */
function findAvatar(world: World, url: URL): ServedFile | undefined {
  const [, userId = '', hash = ''] = /^\/avatars\/(\d+)\/(\w+)\.\w+$/.exec(url.pathname) ?? [];
  if (hash === '' || world.state.users.get(userId)?.avatar !== hash) return undefined;
  const name = avatarFile(userId, hash);
  const size = world.files.size(name);
  return { path: world.files.path(name), size, type: 'image/png', etag: `"${hash}"` };
}

/**
 * `/attachments/<channel>/<attachment>/<name>`, where the signature is right and the link hasn't
 * expired.
 */
function findAttachment({ world, links }: CdnOptions, url: URL): ServedFile | undefined {
  const [, kind, channelId = '', id = '', name = ''] = url.pathname.split('/');
  if (kind !== 'attachments' || !links.isValid(url.pathname, url.searchParams)) return undefined;
  const file = findStored(world, channelId, id, name);
  if (file?.channelId !== channelId) return undefined;
  return {
    path: world.files.path(file.id),
    size: file.size,
    type: file.contentType ?? 'application/octet-stream',
    etag: `"${file.id}-${file.size}"`,
  };
}

/** The id in a link is the attachment's, or the message's (a quirk of other servers). */
function findStored(
  world: World,
  channelId: Snowflake,
  id: Snowflake,
  name: string,
): StoredFile | undefined {
  const carried = world.state.message(channelId, id)?.files ?? [];
  const candidates = [world.state.file(id), ...carried];
  return candidates.find((file) => file && encodeURIComponent(file.filename) === name);
}
