import { ChannelType, PermissionFlagsBits, type APIOverwrite } from 'discord-api-types/v10';
import type { Channel } from './model.ts';
import type { State } from './state.ts';

/** The permissions that a test can deny in one channel, keyed by Discord's names. */
export const PERMISSIONS = {
  VIEW_CHANNEL: PermissionFlagsBits.ViewChannel,
  READ_MESSAGE_HISTORY: PermissionFlagsBits.ReadMessageHistory,
  MANAGE_THREADS: PermissionFlagsBits.ManageThreads,
  CONNECT: PermissionFlagsBits.Connect,
} as const;
export type PermissionName = keyof typeof PERMISSIONS;

/** The permissions of a guild's @everyone role. */
export const EVERYONE_PERMISSIONS =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.Connect;

/**
 * Returns the bot's permission bits in a channel. The bot has no role besides @everyone, so two overwrites can apply.
 * The overwrite for @everyone applies first, then the overwrite for the bot. A thread has the permissions of its parent
 * channel.
 * https://docs.discord.com/developers/topics/permissions#permission-overwrites
 */
export function botPermissions(state: State, channel: Channel): bigint {
  const parent = isThread(channel) ? state.channels.get(channel.parentId ?? '') : undefined;
  const overwrites = (parent ?? channel).overwrites;
  let permissions = EVERYONE_PERMISSIONS;
  for (const id of [channel.guildId, state.settings?.botId]) {
    const overwrite = overwrites.find((each) => each.id === id);
    if (overwrite === undefined) continue;
    permissions = (permissions & ~BigInt(overwrite.deny)) | BigInt(overwrite.allow);
  }
  // A member of a private thread can see the thread even if the parent channel is hidden.
  if (channel.type === ChannelType.PrivateThread && channel.hasBot) {
    permissions |= PermissionFlagsBits.ViewChannel;
  }
  return permissions;
}

/**
 * True if the bot has a permission in a channel of its guilds. Every permission also needs VIEW_CHANNEL:
 * https://docs.discord.com/developers/topics/permissions#implicit-permissions
 */
export function botHasPermission(
  state: State,
  channel: Channel,
  permission: PermissionName,
): boolean {
  if (!state.hasBotIn(channel.guildId)) return false;
  const needed = PERMISSIONS[permission] | PERMISSIONS.VIEW_CHANNEL;
  return (botPermissions(state, channel) & needed) === needed;
}

/**
 * True if the bot can read messages of a channel. The chat of a voice or stage channel needs CONNECT:
 * https://docs.discord.com/developers/resources/message#get-channel-messages
 */
export function botCanReadMessages(state: State, channel: Channel): boolean {
  const isVoice = [ChannelType.GuildVoice, ChannelType.GuildStageVoice].includes(channel.type);
  return botHasPermission(state, channel, isVoice ? 'CONNECT' : 'VIEW_CHANNEL');
}

/** Whose permission a test changes: the bot's, or that of the @everyone role. */
export type Whom = 'bot' | 'everyone';

/** Returns a copy of the overwrites, with one permission allowed or denied for one member or role. */
export function withOverwrite(
  overwrites: readonly APIOverwrite[],
  { id: targetId, type }: Pick<APIOverwrite, 'id' | 'type'>,
  permission: PermissionName,
  verdict: 'allow' | 'deny',
): APIOverwrite[] {
  const bit = PERMISSIONS[permission];
  const old = overwrites.find(({ id }) => id === targetId) ?? { allow: '0', deny: '0' };
  const allow = verdict === 'allow' ? BigInt(old.allow) | bit : BigInt(old.allow) & ~bit;
  const deny = verdict === 'deny' ? BigInt(old.deny) | bit : BigInt(old.deny) & ~bit;
  return [
    ...overwrites.filter(({ id }) => id !== targetId),
    { id: targetId, type, allow: String(allow), deny: String(deny) },
  ];
}

const THREAD_TYPES: readonly ChannelType[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
];

/** True if the channel is a thread. */
export function isThread({ type }: Pick<Channel, 'type'>): boolean {
  return THREAD_TYPES.includes(type);
}
