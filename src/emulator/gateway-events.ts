import {
  GatewayDispatchEvents,
  GatewayIntentBits,
  type APIUser,
  type GatewayReadyDispatchData,
} from 'discord-api-types/v10';

import type { Channel, Guild, Message, User } from './model.ts';
import { botMay, isThread } from './permissions.ts';
import {
  applicationFlags,
  presentChannel,
  presentGuild,
  presentMember,
  presentMembership,
} from './present-guild.ts';
import { presentMessage, presentUser } from './present-message.ts';
import type { RestContext } from './routes.ts';
import type { WorldEvent } from './world-event.ts';

export interface Dispatch {
  readonly type: GatewayDispatchEvents;
  readonly data: unknown;
}

const CHANNEL_EVENTS = {
  channelCreate: [GatewayDispatchEvents.ChannelCreate, GatewayDispatchEvents.ThreadCreate],
  channelUpdate: [GatewayDispatchEvents.ChannelUpdate, GatewayDispatchEvents.ThreadUpdate],
  channelDelete: [GatewayDispatchEvents.ChannelDelete, GatewayDispatchEvents.ThreadDelete],
} as const;

/**
 * What a session with these intents hears of an event; undefined: nothing. Events of messages need
 * the intent GUILD_MESSAGES and the permission to see the channel, all others the intent GUILDS.
 */
export function toDispatch(
  context: RestContext,
  event: WorldEvent,
  intents: number,
): Dispatch | undefined {
  const { state } = context;
  if (event.type === 'guildCreate') {
    if (!(intents & GatewayIntentBits.Guilds)) return undefined;
    return { type: GatewayDispatchEvents.GuildCreate, data: guildCreate(context, event.guild) };
  }
  if ('channel' in event) {
    if (!(intents & GatewayIntentBits.Guilds)) return undefined;
    const type = CHANNEL_EVENTS[event.type][isThread(event.channel) ? 1 : 0];
    return { type, data: presentChannel(state, event.channel) };
  }
  const channelId = 'message' in event ? event.message.channelId : event.channelId;
  const channel = state.channels.get(channelId);
  if (channel === undefined || !botMay(state, channel, 'VIEW_CHANNEL')) return undefined;
  if (!(intents & GatewayIntentBits.GuildMessages)) return undefined;
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
      const data = gatewayMessage(context, event.message, channel, intents);
      return { type: isNew ? MessageCreate : MessageUpdate, data };
    }
  }
}

/** The gateway's messages name guild and member, which REST's don't. */
function gatewayMessage(context: RestContext, message: Message, channel: Channel, intents: number) {
  const canRead = (intents & GatewayIntentBits.MessageContent) !== 0 && context.hasContentIntent();
  const guild = context.state.guilds.get(channel.guildId);
  const member = guild && presentMembership(guild);
  return { ...presentMessage(context, message, canRead), guild_id: channel.guildId, member };
}

export function guildCreate({ state, quirks }: RestContext, guild: Guild): object {
  const channels = [...state.channels.values()].filter(({ guildId }) => guildId === guild.id);
  const open = channels.filter(({ archivedAt }) => archivedAt === null);
  const present = (channel: Channel) => presentChannel(state, channel);
  const bot = state.users.get(state.settings?.botId ?? '');
  return {
    ...presentGuild(guild),
    joined_at: guild.joinedAt,
    large: false,
    unavailable: quirks.guildsUnavailable,
    member_count: state.users.size,
    members: bot ? [presentMember(guild, bot)] : [],
    channels: channels.filter((channel) => !isThread(channel)).map(present),
    // Active ones that the bot can see; archived threads are never synced (Discord's
    // documentation).
    threads: open
      .filter((channel) => isThread(channel) && botMay(state, channel, 'VIEW_CHANNEL'))
      .map(present),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

/** The first event of a session. All guilds are unavailable at first; GUILD_CREATE brings each. */
export function ready(
  { state, gatewayUrl, hasContentIntent }: RestContext,
  bot: User,
  sessionId: string,
): Omit<GatewayReadyDispatchData, 'application'> & { application: object; user: APIUser } {
  return {
    v: 10,
    user: presentUser(bot),
    guilds: [...state.guilds.keys()].map((id) => ({ id, unavailable: true })),
    session_id: sessionId,
    resume_gateway_url: gatewayUrl,
    shard: [0, 1],
    application: { id: bot.id, flags: applicationFlags(hasContentIntent()) },
  };
}
