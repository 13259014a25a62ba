import {
  Routes,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIRole,
} from 'discord-api-types/v10';
import { serviceFailed } from '../errors.ts';
import { NOT_DISCORD, type Get } from './rest-client.ts';

export type GuildFacts = Pick<APIGuild, 'id' | 'name' | 'owner_id' | 'roles'>;

/** Fetches a guild. Compatible servers may leave out the guild's roles, so a separate request fetches missing roles. */
export async function fetchGuild(get: Get, guildId: string): Promise<GuildFacts> {
  const path = Routes.guild(guildId);
  const guild = await get<Partial<APIGuild>>(path);
  if (guild.id !== guildId) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
  const roles = Array.isArray(guild.roles)
    ? guild.roles
    : await fetchList<APIRole>(get, Routes.guildRoles(guildId));
  return { id: guildId, name: guild.name ?? guildId, owner_id: guild.owner_id ?? '', roles };
}

/** Fetches the ids of a member's roles. */
export async function fetchMemberRoles(
  get: Get,
  guildId: string,
  userId: string,
): Promise<string[]> {
  const { roles } = await get<Partial<APIGuildMember>>(Routes.guildMember(guildId, userId));
  return Array.isArray(roles) ? roles : [];
}

export function fetchGuildChannels(get: Get, guildId: string): Promise<APIChannel[]> {
  return fetchList(get, Routes.guildChannels(guildId));
}

/** @throws ServiceFailed if the answer is not a list */
async function fetchList<T extends object>(get: Get, path: `/${string}`): Promise<T[]> {
  const list = await get<(T | null)[]>(path);
  if (!Array.isArray(list)) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
  return list.filter((item) => typeof item === 'object' && item !== null);
}
