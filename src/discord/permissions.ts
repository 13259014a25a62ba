import {
  OverwriteType,
  PermissionFlagsBits,
  type APIGuild,
  type APIGuildMember,
  type APIOverwrite,
} from 'discord-api-types/v10';

/** The rights that reading a history takes, in the words of Discord's settings. */
const NEEDED: readonly [bigint, string][] = [
  [PermissionFlagsBits.ViewChannel, 'View Channel'],
  [PermissionFlagsBits.ReadMessageHistory, 'Read Message History'],
];

/** The rights that the member lacks for reading a channel's history, by name. */
export function missingRights(
  guild: Pick<APIGuild, 'id' | 'owner_id' | 'roles'>,
  member: Pick<APIGuildMember, 'roles'> & { id: string },
  overwrites: readonly APIOverwrite[],
): string[] {
  const rights = rightsIn(guild, member, overwrites);
  return NEEDED.filter(([bit]) => (rights & bit) === 0n).map(([, name]) => name);
}

/** As Discord computes them: roles, then overwrites of everyone, of roles together, of the member. */
function rightsIn(
  guild: Pick<APIGuild, 'id' | 'owner_id' | 'roles'>,
  member: Pick<APIGuildMember, 'roles'> & { id: string },
  overwrites: readonly APIOverwrite[],
): bigint {
  const everything = ~0n;
  if (guild.owner_id === member.id) return everything;
  // The role of everyone has the guild's id.
  const roleIds = new Set([guild.id, ...member.roles]);
  let rights = guild.roles
    .filter(({ id }) => roleIds.has(id))
    .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n);
  if (rights & PermissionFlagsBits.Administrator) return everything;
  const ofRoles = overwrites.filter(
    ({ id, type }) => type === OverwriteType.Role && id !== guild.id && roleIds.has(id),
  );
  const steps = [
    overwrites.filter(({ id }) => id === guild.id),
    ofRoles,
    overwrites.filter(({ id, type }) => type === OverwriteType.Member && id === member.id),
  ];
  for (const step of steps) {
    const deny = step.reduce((sum, overwrite) => sum | BigInt(overwrite.deny), 0n);
    const allow = step.reduce((sum, overwrite) => sum | BigInt(overwrite.allow), 0n);
    rights = (rights & ~deny) | allow;
  }
  return rights;
}
