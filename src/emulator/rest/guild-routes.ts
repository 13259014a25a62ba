import {
  ChannelType,
  type APIGatewayBotInfo,
  type APIThreadMember,
  type Snowflake,
} from 'discord-api-types/v10';
import { showsIntent } from '../context.ts';
import type { Channel, Guild, User } from '../world/model.ts';
import { botHasPermission, EVERYONE_PERMISSIONS, isThread } from '../world/permissions.ts';
import { compareIds } from '../world/snowflake.ts';
import type { State } from '../world/state.ts';
import {
  missingAccess,
  missingPermissions,
  unknownChannel,
  unknownGuild,
  unknownMember,
  unknownUser,
} from './api-error.ts';
import {
  presentApplication,
  presentChannel,
  presentGuild,
  presentMember,
  presentRoles,
} from './present-guild.ts';
import { presentUser } from './present-message.ts';
import type { Call, Route } from './routes.ts';

const DAY_MS = 86_400_000;
/** Discord allows 1,000 IDENTIFYs a day. The emulator announces the limit but never enforces it. */
const MAX_SESSION_STARTS = 1000;
const DEFAULT_THREADS_LIMIT = 50;
const MAX_PAGE_GUILDS = 200;

/** Routes for the bot itself, its guilds, and their channels and threads. */
export const GUILD_ROUTES: readonly Route[] = [
  get('/gateway', ({ context }) => ({ url: context.gatewayUrl })),
  get('/gateway/bot', presentGatewayBot),
  get('/users/@me', (call) => presentUser(requireBot(call))),
  get('/users/@me/guilds', listOwnGuilds),
  get('/users/:id', (call) => presentUser(findUser(call, 0) ?? fail(unknownUser()))),
  get('/applications/@me', (call) =>
    presentApplication(requireBot(call), showsIntent(call.context)),
  ),
  get('/guilds/:id', (call) => ({
    ...presentGuild(requireGuild(call), call.context.quirks),
    ...(call.query.get('with_counts') === 'true' &&
      countsOf(requireGuild(call), call.context.state)),
  })),
  get('/guilds/:id/roles', (call) => presentRoles(requireGuild(call).id)),
  get('/guilds/:id/channels', (call) =>
    listChannels(call, requireGuild(call).id)
      .filter((channel) => !isThread(channel))
      .map((channel) => presentChannel(call.context.state, channel)),
  ),
  get('/guilds/:id/members/@me', (call) => presentMember(requireGuild(call), requireBot(call))),
  get('/guilds/:id/members/:id', (call) =>
    presentMember(requireGuild(call), findUser(call, 1) ?? fail(unknownMember())),
  ),
  get('/guilds/:id/threads/active', listActiveThreads),
  get('/channels/:id', (call) => presentChannel(call.context.state, requireVisibleChannel(call))),
  get('/channels/:id/threads/archived/public', (call) =>
    listArchivedThreads(call, [ChannelType.PublicThread, ChannelType.AnnouncementThread]),
  ),
  get('/channels/:id/threads/archived/private', (call) => {
    const parent = requireVisibleChannel(call);
    if (!botHasPermission(call.context.state, parent, 'MANAGE_THREADS')) {
      throw missingPermissions();
    }
    return listArchivedThreads(call, [ChannelType.PrivateThread]);
  }),
  get('/channels/:id/users/@me/threads/archived/private', listJoinedThreads),
];

/**
 * Returns the channel whose id is in a call's path.
 * @throws ApiError if the channel does not exist or the bot can't see it
 */
export function requireVisibleChannel(call: Call): Channel {
  const channel = call.context.state.channels.get(call.ids[0] ?? '') ?? fail(unknownChannel());
  return canSee(call, channel) ? channel : fail(missingAccess());
}

function presentGatewayBot({ context }: Call): APIGatewayBotInfo {
  return {
    url: context.gatewayUrl,
    shards: 1,
    session_start_limit: {
      total: MAX_SESSION_STARTS,
      remaining: MAX_SESSION_STARTS,
      reset_after: DAY_MS,
      max_concurrency: 1,
    },
  };
}

/**
 * Lists the bot's guilds in the order of their ids. With `after` in the query, lists only guilds with greater ids.
 * https://docs.discord.com/developers/resources/user#get-current-user-guilds
 */
function listOwnGuilds({ context: { state }, query }: Call): object[] {
  const after = query.get('after') ?? '0';
  const limit = Number(query.get('limit') ?? MAX_PAGE_GUILDS);
  return [...state.guilds.values()]
    .filter(({ id }) => state.hasBotIn(id) && compareIds(id, after) > 0)
    .sort((a, b) => compareIds(a.id, b.id))
    .slice(0, limit)
    .map((guild) => ({
      id: guild.id,
      name: guild.name,
      icon: null,
      banner: null,
      owner: false,
      permissions: String(EVERYONE_PERMISSIONS),
      features: [],
      ...(query.get('with_counts') === 'true' && countsOf(guild, state)),
    }));
}

/** The counts that Discord adds to a guild if the query contains `with_counts=true`. */
function countsOf({ memberCount }: Guild, { users }: State): object {
  const count = memberCount ?? users.size;
  return { approximate_member_count: count, approximate_presence_count: count };
}

function listActiveThreads(call: Call): object {
  const threads = listChannels(call, requireGuild(call).id).filter(
    (channel) => isThread(channel) && channel.archivedAt === null && canList(call, channel),
  );
  return presentThreads(call, threads);
}

/**
 * Lists the archived threads of a channel, the most recently archived first. With `before` in the query,
 * lists only threads that were archived before that time.
 * https://docs.discord.com/developers/resources/channel#list-public-archived-threads
 */
function listArchivedThreads(call: Call, types: readonly ChannelType[]): object {
  const parent = requireVisibleChannel(call);
  if (!botHasPermission(call.context.state, parent, 'READ_MESSAGE_HISTORY')) throw missingAccess();
  const beforeMs = Date.parse(call.query.get('before') ?? '9999-01-01T00:00:00Z');
  const limit = Number(call.query.get('limit') ?? DEFAULT_THREADS_LIMIT);
  const found = listChannels(call, parent.guildId)
    .filter(({ parentId, type }) => parentId === parent.id && types.includes(type))
    .filter(({ archivedAt }) => archivedAt !== null && Date.parse(archivedAt) < beforeMs)
    .sort((a, b) => Date.parse(b.archivedAt ?? '') - Date.parse(a.archivedAt ?? ''));
  return { ...presentThreads(call, found.slice(0, limit)), has_more: found.length > limit };
}

/**
 * Lists the archived private threads of a channel that the bot was added to, newest first. With `before` in the query,
 * lists only threads with smaller ids.
 * https://docs.discord.com/developers/resources/channel#list-joined-private-archived-threads
 */
function listJoinedThreads(call: Call): object {
  const parent = requireVisibleChannel(call);
  if (!botHasPermission(call.context.state, parent, 'READ_MESSAGE_HISTORY')) throw missingAccess();
  const before = call.query.get('before');
  const limit = Number(call.query.get('limit') ?? DEFAULT_THREADS_LIMIT);
  const found = listChannels(call, parent.guildId)
    .filter(({ parentId, type }) => parentId === parent.id && type === ChannelType.PrivateThread)
    .filter(({ id, archivedAt, hasBot }) => {
      return archivedAt !== null && hasBot && (before === null || compareIds(id, before) < 0);
    })
    .sort((a, b) => compareIds(b.id, a.id));
  return { ...presentThreads(call, found.slice(0, limit)), has_more: found.length > limit };
}

function presentThreads({ context: { state } }: Call, threads: readonly Channel[]): object {
  const members: APIThreadMember[] = [];
  return { threads: threads.map((thread) => presentChannel(state, thread)), members };
}

function get(pattern: string, answer: Route['answer']): Route {
  return { method: 'GET', pattern, answer };
}

/** Throws the error. Use this function where a `throw` statement is not allowed. */
function fail(error: Error): never {
  throw error;
}

function canSee({ context: { state } }: Call, channel: Channel): boolean {
  return botHasPermission(state, channel, 'VIEW_CHANNEL');
}

/** True if a list of threads shows the thread. Private threads are shown to members and with Manage Threads. */
function canList(call: Call, thread: Channel): boolean {
  const { state } = call.context;
  if (thread.type !== ChannelType.PrivateThread || thread.hasBot) return canSee(call, thread);
  return botHasPermission(state, thread, 'MANAGE_THREADS');
}

/**
 * Returns the guild whose id is in a call's path.
 * @throws ApiError if the guild does not exist or the bot is not a member
 */
export function requireGuild({ context, ids }: Call): Guild {
  const guild = context.state.guilds.get(ids[0] ?? '');
  // Discord answers in the same way if the bot is not a member of the guild.
  return guild && context.state.hasBotIn(guild.id) ? guild : fail(unknownGuild());
}

function requireBot({ context }: Call): User {
  return context.state.findBot() ?? fail(unknownUser());
}

function listChannels({ context: { state } }: Call, guildId: Snowflake): Channel[] {
  return [...state.channels.values()].filter((channel) => channel.guildId === guildId);
}

function findUser({ context, ids }: Call, index: number): User | null {
  return context.state.users.get(ids[index] ?? '') ?? null;
}
