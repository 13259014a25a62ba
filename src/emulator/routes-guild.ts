import {
  ChannelType,
  type APIGatewayBotInfo,
  type APIThreadMember,
  type Snowflake,
} from 'discord-api-types/v10';

import {
  missingAccess,
  missingPermissions,
  unknownChannel,
  unknownGuild,
  unknownMember,
  unknownUser,
} from './api-error.ts';
import type { Channel, Guild, User } from './model.ts';
import { botMay, EVERYONE_MAY, isThread } from './permissions.ts';
import {
  presentApplication,
  presentChannel,
  presentGuild,
  presentMember,
  presentRoles,
} from './present-guild.ts';
import { presentUser } from './present-message.ts';
import type { Call, Route } from './routes.ts';

/** Everything about the bot itself, its guilds, their channels and threads. */
export const guildRoutes: readonly Route[] = [
  get('/gateway', ({ context }) => ({ url: context.gatewayUrl })),
  get('/gateway/bot', ({ context }): APIGatewayBotInfo => {
    const limit = { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 1 };
    return { url: context.gatewayUrl, shards: 1, session_start_limit: limit };
  }),
  get('/users/@me', (call) => presentUser(theBot(call))),
  get('/users/@me/guilds', ({ context: { state } }) =>
    [...state.guilds.values()].map(({ id, name }) => {
      const permissions = String(EVERYONE_MAY);
      return { id, name, icon: null, banner: null, owner: false, permissions, features: [] };
    }),
  ),
  get('/users/:id', (call) => presentUser(userAt(call, 0) ?? fail(unknownUser()))),
  get('/applications/@me', (call) =>
    presentApplication(theBot(call), call.context.hasContentIntent()),
  ),
  get('/guilds/:id', (call) => presentGuild(guildOf(call))),
  get('/guilds/:id/roles', (call) => presentRoles(guildOf(call).id)),
  get('/guilds/:id/channels', (call) =>
    channelsOf(call, guildOf(call).id)
      .filter((channel) => !isThread(channel))
      .map((channel) => presentChannel(call.context.state, channel)),
  ),
  get('/guilds/:id/members/@me', (call) => presentMember(guildOf(call), theBot(call))),
  get('/guilds/:id/members/:id', (call) =>
    presentMember(guildOf(call), userAt(call, 1) ?? fail(unknownMember())),
  ),
  get('/guilds/:id/threads/active', (call) => {
    const open = channelsOf(call, guildOf(call).id).filter(
      (channel) => isThread(channel) && channel.archivedAt === null && canSee(call, channel),
    );
    return threadList(call, open);
  }),
  get('/channels/:id', (call) => presentChannel(call.context.state, visibleChannel(call))),
  get('/channels/:id/threads/archived/public', (call) =>
    archivedThreads(call, [ChannelType.PublicThread, ChannelType.AnnouncementThread]),
  ),
  get('/channels/:id/threads/archived/private', (call) => {
    const parent = visibleChannel(call);
    if (!botMay(call.context.state, parent, 'MANAGE_THREADS')) throw missingPermissions();
    return archivedThreads(call, [ChannelType.PrivateThread]);
  }),
];

/**
 * The channel that a call's path names. @throws ApiError where there is none or the bot can't see
 * it
 */
export function visibleChannel(call: Call): Channel {
  const channel = call.context.state.channels.get(call.ids[0] ?? '') ?? fail(unknownChannel());
  return canSee(call, channel) ? channel : fail(missingAccess());
}

/**
 * Threads come by the time of their archiving, the latest first; `before` is such a time,
 * exclusive.
 */
function archivedThreads(call: Call, types: readonly ChannelType[]) {
  const parent = visibleChannel(call);
  if (!botMay(call.context.state, parent, 'READ_MESSAGE_HISTORY')) throw missingAccess();
  const beforeMs = Date.parse(call.query.get('before') ?? '9999-01-01T00:00:00Z');
  const limit = Number(call.query.get('limit') ?? 50);
  const found = channelsOf(call, parent.guildId)
    .filter(({ parentId, type }) => parentId === parent.id && types.includes(type))
    .filter(({ archivedAt }) => archivedAt !== null && Date.parse(archivedAt) < beforeMs)
    .sort((a, b) => Date.parse(b.archivedAt ?? '') - Date.parse(a.archivedAt ?? ''));
  return { ...threadList(call, found.slice(0, limit)), has_more: found.length > limit };
}

function threadList({ context: { state } }: Call, threads: readonly Channel[]) {
  const members: APIThreadMember[] = [];
  return { threads: threads.map((thread) => presentChannel(state, thread)), members };
}

function get(pattern: string, answer: Route['answer']): Route {
  return { method: 'GET', pattern, answer };
}

function fail(error: Error): never {
  throw error;
}

function canSee({ context: { state } }: Call, channel: Channel): boolean {
  return botMay(state, channel, 'VIEW_CHANNEL');
}

function guildOf({ context, ids }: Call): Guild {
  return context.state.guilds.get(ids[0] ?? '') ?? fail(unknownGuild());
}

function channelsOf({ context: { state } }: Call, guildId: Snowflake): Channel[] {
  return [...state.channels.values()].filter((channel) => channel.guildId === guildId);
}

function userAt({ context, ids }: Call, index: number): User | undefined {
  return context.state.users.get(ids[index] ?? '');
}

function theBot({ context: { state } }: Call): User {
  return state.users.get(state.settings?.botId ?? '') ?? fail(unknownUser());
}
