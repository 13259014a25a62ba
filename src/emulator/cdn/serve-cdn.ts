import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Snowflake } from 'discord-api-types/v10';
import type { Quirks } from '../context.ts';
import { applyFault, type Faults } from '../faults.ts';
import type { Stats } from '../stats.ts';
import { avatarFileName } from '../world/file-store.ts';
import type { StoredFile } from '../world/model.ts';
import type { World } from '../world/world.ts';
import type { Links } from './links.ts';
import { sendFile, type ServedFile } from './send-file.ts';

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
  const name = `${method} ${url.pathname}`;
  const entry = options.stats.begin(route, name);
  response.once('close', () =>
    options.stats.end(entry, response.headersSent ? response.statusCode : 0),
  );

  const fault = options.faults.takeFor({ part: 'cdn', route, request: name });
  if (fault !== null && (await applyFault(fault, request, response))) return;

  const file = findAvatar(options.world, url) ?? findAttachment(options, url);
  if (file === null) {
    // Like Discord, give the same answer for an invalid signature, an expired link and a deleted file.
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
 * Returns the avatar at `/avatars/<user>/<hash>.<extension>`, or null if there is none. The URL has no
 * signature. The stored PNG is returned for any extension.
 */
function findAvatar(world: World, url: URL): ServedFile | null {
  const [, id = '', hash = ''] = /^\/avatars\/(\d+)\/(\w+)\.\w+$/.exec(url.pathname) ?? [];
  if (hash === '') return null;
  const name = avatarFileName(id, hash);
  // A webhook has an avatar for each message, but a user has only the current avatar.
  const user = world.state.users.get(id);
  if (user ? user.avatar !== hash : !world.files.has(name)) return null;
  return {
    path: world.files.path(name),
    size: world.files.size(name),
    type: 'image/png',
    etag: `"${hash}"`,
  };
}

/**
 * Returns the attachment at `/attachments/<channel>/<attachment>/<name>`, or null if the link is
 * invalid or expired, or if no message carries the attachment.
 */
function findAttachment({ world, links }: CdnOptions, url: URL): ServedFile | null {
  const [, kind, channelId = '', id = '', name = ''] = url.pathname.split('/');
  if (kind !== 'attachments' || !links.isValid(url.pathname, url.searchParams)) return null;
  const file = findStoredFile(world, channelId, id, name);
  if (file?.channelId !== channelId) return null;
  return {
    path: world.files.path(file.id),
    size: file.size,
    type: file.contentType ?? 'application/octet-stream',
    etag: `"${file.id}-${file.size}"`,
  };
}

/**
 * Finds the file that a link points to. `id` is an attachment's id, or a message's id if the link was made with the
 * quirk `messageIdInLinks`.
 */
function findStoredFile(
  world: World,
  channelId: Snowflake,
  id: Snowflake,
  name: string,
): StoredFile | null {
  const ofMessage = world.state.findMessage(channelId, id)?.files ?? [];
  const candidates = [world.state.findFile(id), ...ofMessage];
  return candidates.find((file) => file && encodeURIComponent(file.filename) === name) ?? null;
}
