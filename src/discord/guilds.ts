import {
  Routes,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIRole,
} from 'discord-api-types/v10';
import { shownName } from '../clip/clip.ts';
import { invalidInput, isFailure, serviceFailed } from '../errors.ts';
import { NOT_DISCORD, type Get } from './rest-client.ts';

export type GuildFacts = Pick<APIGuild, 'id' | 'name' | 'owner_id' | 'roles'>;

/**
 * Fetches a guild. Compatible servers may leave out the guild's roles, so a separate request fetches missing roles.
 * @throws InvalidInput if the server denies the bot that separate request, and any error of `get`
 */
export async function fetchGuild(get: Get, guildId: string): Promise<GuildFacts> {
  const path = Routes.guild(guildId);
  const guild = await get<Partial<APIGuild>>(path);
  if (guild.id !== guildId) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
  const { name = guildId, owner_id = '' } = guild;
  const roles = Array.isArray(guild.roles) ? guild.roles : await fetchRoles(get, guildId, name);
  return { id: guildId, name, owner_id, roles };
}

/** @throws InvalidInput if the server does not have this route, or denies the bot the route */
async function fetchRoles(get: Get, guildId: string, guildName: string): Promise<APIRole[]> {
  const path = Routes.guildRoles(guildId);
  try {
    return await fetchList<APIRole>(get, path);
  } catch (error) {
    if (isFailure(error, 'MessageGone') || isFailure(error, 'AccessLost')) {
      throw invalidInput(
        `the server at DISCORD_API_URL does not show the bot the roles of ${shownName(guildName)}, which the check of permissions needs: allow the bot GET ${path}`,
      );
    }
    throw error;
  }
}

/** Lists the ids of the guilds that the bot is in. */
export async function fetchGuildIds(get: Get): Promise<string[]> {
  const guilds = await fetchList<{ id: string }>(get, '/users/@me/guilds');
  return guilds.map(({ id }) => id);
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
