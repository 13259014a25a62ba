import {
  ChannelType,
  OverwriteType,
  PermissionFlagsBits,
  type APIGuild,
  type APIGuildMember,
  type APIOverwrite,
  type APIRole,
} from 'discord-api-types/v10';

export interface RequiredPermission {
  bit: bigint;
  /** The permission's name in Discord's settings. */
  name: string;
}

/** The permissions that the bot needs to read any channel's history. */
const REQUIRED_PERMISSIONS: readonly RequiredPermission[] = [
  { bit: PermissionFlagsBits.ViewChannel, name: 'View Channel' },
  { bit: PermissionFlagsBits.ReadMessageHistory, name: 'Read Message History' },
];

/**
 * The chats of these channels also need Connect.
 * Source: https://docs.discord.com/developers/resources/message#get-channel-messages
 */
const VOICE_TYPES: readonly ChannelType[] = [ChannelType.GuildVoice, ChannelType.GuildStageVoice];

const REQUIRED_IN_VOICE: readonly RequiredPermission[] = [
  ...REQUIRED_PERMISSIONS,
  { bit: PermissionFlagsBits.Connect, name: 'Connect' },
];

/** The permissions that the bot needs to read the history of a channel of this type. */
export function requiredPermissions(type: ChannelType): readonly RequiredPermission[] {
  return VOICE_TYPES.includes(type) ? REQUIRED_IN_VOICE : REQUIRED_PERMISSIONS;
}

type Guild = Pick<APIGuild, 'id' | 'owner_id' | 'roles'>;
type Member = Pick<APIGuildMember, 'roles'> & { id: string };

/** Returns the names of the required permissions that the member lacks in a channel of this type. */
export function missingPermissions(
  guild: Guild,
  member: Member,
  overwrites: readonly APIOverwrite[],
  type: ChannelType = ChannelType.GuildText,
): string[] {
  const granted = computePermissions(guild, member, overwrites);
  return requiredPermissions(type)
    .filter(({ bit }) => (granted & bit) === 0n)
    .map(({ name }) => name);
}

/** True if the member may list the private archived threads that the member has not joined. */
export function canManageThreads(
  guild: Guild,
  member: Member,
  overwrites: readonly APIOverwrite[],
): boolean {
  return (computePermissions(guild, member, overwrites) & PermissionFlagsBits.ManageThreads) !== 0n;
}

/** The id of a member who is neither the guild's owner nor named in an overwrite. No Discord id looks like this. */
const ANY_MEMBER = 'anyone';

/**
 * True if a member without roles can read the history of a channel of this type. False if the @everyone role or a part
 * of the overwrites is missing, because doubt must not publish a channel.
 */
export function isReadableByEveryone(
  guild: Guild,
  overwrites: readonly APIOverwrite[],
  type: ChannelType,
): boolean {
  // Compatible servers may send incomplete lists.
  const roles: readonly (Partial<APIRole> | null)[] = guild.roles;
  const parts: readonly (Partial<APIOverwrite> | null)[] = overwrites;
  const everyone = roles.find((role) => role?.id === guild.id);
  if (!everyone || !isBits(everyone.permissions)) return false;
  if (!parts.every((part) => isBits(part?.allow) && isBits(part.deny))) return false;
  const member = { id: ANY_MEMBER, roles: [] };
  return missingPermissions(guild, member, overwrites, type).length === 0;
}

/**
 * Computes a member's permissions in a channel in Discord's order. The roles apply first, then the overwrites of @everyone, of the other roles together, and of the member.
 * Source: https://discord.com/developers/docs/topics/permissions#permission-overwrites
 */
function computePermissions(
  guild: Guild,
  member: Member,
  overwrites: readonly APIOverwrite[],
): bigint {
  const everything = ~0n;
  if (guild.owner_id === member.id) return everything;
  // The id of the @everyone role is the guild's id.
  const roleIds = new Set([guild.id, ...member.roles]);
  let permissions = guild.roles
    .filter(({ id }) => roleIds.has(id))
    .reduce((sum, role) => sum | toBits(role.permissions), 0n);
  if (permissions & PermissionFlagsBits.Administrator) return everything;
  const forEveryone = overwrites.filter(({ id }) => id === guild.id);
  const forRoles = overwrites.filter(
    ({ id, type }) => type === OverwriteType.Role && id !== guild.id && roleIds.has(id),
  );
  const forMember = overwrites.filter(
    ({ id, type }) => type === OverwriteType.Member && id === member.id,
  );
  for (const step of [forEveryone, forRoles, forMember]) {
    const denied = step.reduce((sum, { deny }) => sum | toBits(deny), 0n);
    const allowed = step.reduce((sum, { allow }) => sum | toBits(allow), 0n);
    permissions = (permissions & ~denied) | allowed;
  }
  return permissions;
}

/** The bits of a permission set. Compatible servers may send a number, or leave a set out. */
function toBits(permissions: unknown): bigint {
  return isBits(permissions) ? BigInt(permissions) : 0n;
}

function isBits(permissions: unknown): permissions is string | number {
  return (
    (typeof permissions === 'string' || typeof permissions === 'number') &&
    /^\d+$/.test(String(permissions))
  );
}
