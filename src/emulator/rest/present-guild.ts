import {
  ApplicationFlags,
  ChannelType,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  GuildVerificationLevel,
  Locale,
  ThreadAutoArchiveDuration,
  type APIApplication,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIRole,
  type Snowflake,
} from 'discord-api-types/v10';
import type { Quirks } from '../context.ts';
import type { Channel, Guild, User } from '../world/model.ts';
import { EVERYONE_PERMISSIONS, isThread } from '../world/permissions.ts';
import { snowflakeTimeMs } from '../world/snowflake.ts';
import type { State } from '../world/state.ts';
import { NO_FLAGS, presentUser } from './present-message.ts';

const AFK_TIMEOUT_SECONDS = 300;
/**
 * A placeholder for the application's public key, in hexadecimal. The key is only used for interactions, which the
 * emulator does not support.
 */
const VERIFY_KEY = '0'.repeat(64);

/** Every guild has only the role @everyone, whose id is the guild's id. */
export function presentRoles(guildId: Snowflake): APIRole[] {
  return [
    {
      id: guildId,
      name: '@everyone',
      permissions: String(EVERYONE_PERMISSIONS),
      position: 0,
      // oxlint-disable-next-line typescript/no-deprecated -- Discord still sends this field.
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      managed: false,
      mentionable: false,
      flags: NO_FLAGS,
    },
  ];
}

export function presentGuild(
  { id, name, ownerId }: Guild,
  { guildsWithoutRoles }: Pick<Quirks, 'guildsWithoutRoles'>,
): Omit<APIGuild, 'roles'> & { roles?: APIRole[] } {
  return {
    id,
    name,
    owner_id: ownerId,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    features: [],
    ...(!guildsWithoutRoles && { roles: presentRoles(id) }),
    emojis: [],
    stickers: [],
    afk_channel_id: null,
    afk_timeout: AFK_TIMEOUT_SECONDS,
    verification_level: GuildVerificationLevel.None,
    default_message_notifications: GuildDefaultMessageNotifications.AllMessages,
    explicit_content_filter: GuildExplicitContentFilter.Disabled,
    mfa_level: GuildMFALevel.None,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: NO_FLAGS,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    vanity_url_code: null,
    premium_tier: GuildPremiumTier.None,
    premium_progress_bar_enabled: false,
    preferred_locale: Locale.EnglishUS,
    nsfw_level: GuildNSFWLevel.Default,
    hub_type: null,
    incidents_data: null,
  };
}

export function presentMember(guild: Guild, user: User): APIGuildMember {
  return { user: presentUser(user), ...presentMembership(guild) };
}

/** Presents a member without the user, because a gateway message already contains the user as its author. */
export function presentMembership(guild: Guild): Omit<APIGuildMember, 'user'> {
  return {
    roles: [],
    joined_at: guild.joinedAt,
    deaf: false,
    mute: false,
    flags: NO_FLAGS,
  };
}

export function presentChannel(state: State, channel: Channel): APIChannel {
  const lastMessageId = state.messages(channel.id).at(-1)?.id ?? null;
  const common = {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    parent_id: channel.parentId,
    last_message_id: lastMessageId,
    flags: NO_FLAGS,
  };
  // TypeScript can't pick a member of the union APIChannel, because `type` is a runtime value here.
  if (isThread(channel)) return { ...common, ...threadFields(state, channel) } as APIChannel;
  return {
    ...common,
    position: channel.position,
    permission_overwrites: channel.overwrites,
    nsfw: channel.nsfw ?? false,
    rate_limit_per_user: 0,
  } as unknown as APIChannel;
}

function threadFields(state: State, thread: Channel): object {
  const created = new Date(snowflakeTimeMs(thread.id)).toISOString();
  return {
    owner_id: state.guilds.get(thread.guildId)?.ownerId ?? '0',
    message_count: state.messages(thread.id).length,
    member_count: 1,
    thread_metadata: {
      archived: thread.archivedAt !== null,
      auto_archive_duration: ThreadAutoArchiveDuration.OneWeek,
      archive_timestamp: thread.archivedAt ?? created,
      create_timestamp: created,
      locked: false,
      ...(thread.type === ChannelType.PrivateThread && { invitable: true }),
    },
    // The bot's own membership: https://docs.discord.com/developers/resources/channel#thread-member-object
    ...(thread.hasBot && { member: { join_timestamp: created, flags: NO_FLAGS } }),
  };
}

/** Returns the flags that tell a client whether the bot has the Message Content intent. */
export function applicationFlags(showsContentIntent: boolean): ApplicationFlags {
  const { GatewayMessageContentLimited } = ApplicationFlags;
  return showsContentIntent ? GatewayMessageContentLimited : NO_FLAGS;
}

export function presentApplication(
  bot: User,
  showsContentIntent: boolean,
): Omit<APIApplication, 'summary'> {
  const flags = applicationFlags(showsContentIntent);
  return {
    id: bot.id,
    name: bot.username,
    icon: null,
    description: '',
    bot_public: false,
    bot_require_code_grant: false,
    bot: presentUser(bot),
    verify_key: VERIFY_KEY,
    team: null,
    flags,
    flags_new: String(flags),
  };
}
