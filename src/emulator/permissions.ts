import {
  ChannelType,
  OverwriteType,
  PermissionFlagsBits,
  type APIOverwrite,
} from 'discord-api-types/v10';

import type { Channel } from './model.ts';
import type { State } from './state.ts';

/** The permissions that a test may take from the bot in one channel, by Discord's own names. */
export const PERMISSIONS = {
  VIEW_CHANNEL: PermissionFlagsBits.ViewChannel,
  READ_MESSAGE_HISTORY: PermissionFlagsBits.ReadMessageHistory,
  MANAGE_THREADS: PermissionFlagsBits.ManageThreads,
} as const;
export type PermissionName = keyof typeof PERMISSIONS;

/** What everybody may do in a guild: the permissions of its @everyone role. */
export const EVERYONE_MAY =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.Connect;

/**
 * What the bot may do in a channel: @everyone's permissions, then the overwrites of @everyone, then
 * the bot's own (Discord's documented order; the bot has no further role). A thread has those of
 * the channel that it hangs under.
 */
export function botPermissions(state: State, channel: Channel): bigint {
  const parent = isThread(channel) ? state.channels.get(channel.parentId ?? '') : undefined;
  const overwrites = (parent ?? channel).overwrites;
  let permissions = EVERYONE_MAY;
  for (const id of [channel.guildId, state.settings?.botId]) {
    const overwrite = overwrites.find((each) => each.id === id);
    if (overwrite === undefined) continue;
    permissions = (permissions & ~BigInt(overwrite.deny)) | BigInt(overwrite.allow);
  }
  return permissions;
}

export function botMay(state: State, channel: Channel, permission: PermissionName): boolean {
  const permissions = botPermissions(state, channel);
  // Who can't see a channel can do nothing in it, whatever else is allowed (Discord: "implicit
  // permissions").
  const needed = PERMISSIONS[permission] | PERMISSIONS.VIEW_CHANNEL;
  return (permissions & needed) === needed;
}

/** The overwrites with one permission of one member allowed or denied. */
export function withMemberOverwrite(
  overwrites: readonly APIOverwrite[],
  memberId: string,
  permission: PermissionName,
  verdict: 'allow' | 'deny',
): APIOverwrite[] {
  const bit = PERMISSIONS[permission];
  const old = overwrites.find(({ id }) => id === memberId) ?? { allow: '0', deny: '0' };
  const allow = verdict === 'allow' ? BigInt(old.allow) | bit : BigInt(old.allow) & ~bit;
  const deny = verdict === 'deny' ? BigInt(old.deny) | bit : BigInt(old.deny) & ~bit;
  return [
    ...overwrites.filter(({ id }) => id !== memberId),
    { id: memberId, type: OverwriteType.Member, allow: String(allow), deny: String(deny) },
  ];
}

const THREADS: readonly ChannelType[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
];

export function isThread({ type }: Pick<Channel, 'type'>): boolean {
  return THREADS.includes(type);
}
