import {
  GatewayDispatchEvents,
  GatewayIntentBits,
  type APIUser,
  type GatewayReadyDispatchData,
} from 'discord-api-types/v10';
import { sendsContent, showsIntent, type EmulatorContext } from '../context.ts';
import {
  applicationFlags,
  presentChannel,
  presentGuild,
  presentMember,
  presentMembership,
} from '../rest/present-guild.ts';
import { presentMessage, presentUser } from '../rest/present-message.ts';
import type { Channel, Guild, Message, User, WorldEvent } from '../world/model.ts';
import { botCanReadMessages, botHasPermission, isThread } from '../world/permissions.ts';

const API_VERSION = 10;

/** An event in Discord's format. */
export interface Dispatch {
  readonly type: GatewayDispatchEvents;
  readonly data: unknown;
}

const CHANNEL_EVENTS = {
  channelCreate: GatewayDispatchEvents.ChannelCreate,
  channelUpdate: GatewayDispatchEvents.ChannelUpdate,
  channelDelete: GatewayDispatchEvents.ChannelDelete,
} as const;
const THREAD_EVENTS = {
  channelCreate: GatewayDispatchEvents.ThreadCreate,
  channelUpdate: GatewayDispatchEvents.ThreadUpdate,
  channelDelete: GatewayDispatchEvents.ThreadDelete,
} as const;

/**
 * Returns the event for a session with these intents, or null if the session must not receive it.
 * Message events need the intent GUILD_MESSAGES and the permission View Channel. All other events
 * need the intent GUILDS.
 * https://docs.discord.com/developers/events/gateway#list-of-intents
 */
export function toDispatch(
  context: EmulatorContext,
  event: WorldEvent,
  intents: number,
): Dispatch | null {
  const { state } = context;
  if (event.type === 'guildCreate') {
    if (!(intents & GatewayIntentBits.Guilds)) return null;
    const data = presentGuildCreate(context, event.guild);
    return { type: GatewayDispatchEvents.GuildCreate, data };
  }
  if (event.type === 'guildDelete') {
    // Without `unavailable`, the guild was deleted or the bot was removed. Discord does not say which.
    if (!(intents & GatewayIntentBits.Guilds)) return null;
    return { type: GatewayDispatchEvents.GuildDelete, data: { id: event.guild.id } };
  }
  if ('channel' in event) {
    if (!(intents & GatewayIntentBits.Guilds) || !state.hasBotIn(event.channel.guildId))
      return null;
    const { channel } = event;
    const types = isThread(channel) ? THREAD_EVENTS : CHANNEL_EVENTS;
    const isDeletedThread = isThread(channel) && event.type === 'channelDelete';
    const data = isDeletedThread ? presentDeletedThread(channel) : presentChannel(state, channel);
    return { type: types[event.type], data };
  }
  const channelId = 'message' in event ? event.message.channelId : event.channelId;
  const channel = state.channels.get(channelId);
  if (channel === undefined || !botCanReadMessages(state, channel)) return null;
  if (!(intents & GatewayIntentBits.GuildMessages)) return null;
  const place = { channel_id: channel.id, guild_id: channel.guildId };
  switch (event.type) {
    case 'messageDelete':
      return { type: GatewayDispatchEvents.MessageDelete, data: { id: event.id, ...place } };
    case 'messageDeleteBulk':
      return { type: GatewayDispatchEvents.MessageDeleteBulk, data: { ids: event.ids, ...place } };
    case 'messageCreate':
    case 'messageUpdate': {
      const isNew = event.type === 'messageCreate';
      const { MessageCreate, MessageUpdate } = GatewayDispatchEvents;
      const data = presentGatewayMessage(context, event.message, channel, intents);
      return { type: isNew ? MessageCreate : MessageUpdate, data };
    }
  }
}

/** https://docs.discord.com/developers/events/gateway-events#thread-delete */
function presentDeletedThread({ id, guildId, parentId, type }: Channel): object {
  return { id, guild_id: guildId, parent_id: parentId, type };
}

/** Adds `guild_id` and `member`, which messages have on the gateway but not in REST answers. */
function presentGatewayMessage(
  context: EmulatorContext,
  message: Message,
  channel: Channel,
  intents: number,
): object {
  const canRead = (intents & GatewayIntentBits.MessageContent) !== 0 && sendsContent(context);
  const guild = context.state.guilds.get(channel.guildId);
  const member = guild && presentMembership(guild);
  return { ...presentMessage(context, message, canRead), guild_id: channel.guildId, member };
}

function presentGuildCreate({ state, quirks }: EmulatorContext, guild: Guild): object {
  const channels = [...state.channels.values()].filter(({ guildId }) => guildId === guild.id);
  const present = (channel: Channel) => presentChannel(state, channel);
  const bot = state.findBot();
  return {
    ...presentGuild(guild, quirks),
    joined_at: guild.joinedAt,
    large: false,
    unavailable: quirks.guildsUnavailable,
    member_count: state.users.size,
    members: bot ? [presentMember(guild, bot)] : [],
    channels: channels.filter((channel) => !isThread(channel)).map(present),
    // The list contains only the active threads that the bot can see:
    // https://docs.discord.com/developers/topics/threads#gateway-events
    threads: channels
      .filter((channel) => isThread(channel) && channel.archivedAt === null)
      .filter((thread) => botHasPermission(state, thread, 'VIEW_CHANNEL'))
      .map(present),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

/**
 * Returns the data of READY, the first event of a session. READY lists every guild as unavailable; a GUILD_CREATE for
 * each guild follows.
 * https://docs.discord.com/developers/events/gateway-events#ready
 */
export function presentReady(
  context: EmulatorContext,
  bot: User,
  sessionId: string,
): Omit<GatewayReadyDispatchData, 'application'> & { application: object; user: APIUser } {
  const { state, gatewayUrl } = context;
  return {
    v: API_VERSION,
    user: presentUser(bot),
    guilds: [...state.guilds.keys()]
      .filter((id) => state.hasBotIn(id))
      .map((id) => ({ id, unavailable: true })),
    session_id: sessionId,
    resume_gateway_url: gatewayUrl,
    shard: [0, 1],
    application: { id: bot.id, flags: applicationFlags(showsIntent(context)) },
  };
}
