import {
  Routes,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIRole,
} from 'discord-api-types/v10';
import { shownName } from '../clip/clip.ts';
import { compareSnowflakes, isSnowflake } from '../clip/snowflake.ts';
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

/** A guild in the list of the bot's guilds. Some compatible servers leave out the name. */
export interface OwnGuild {
  id: string;
  name?: string;
}

/** Lists the guilds that the bot is in. Discord returns at most 200. */
export function fetchOwnGuilds(get: Get): Promise<OwnGuild[]> {
  return fetchList<OwnGuild>(get, '/users/@me/guilds');
}

/** Discord's maximum for one page of the bot's guilds. */
const MAX_PAGE_GUILDS = 200;

/**
 * Returns the guild with the smallest id above `afterId` that the bot is in and that the setting GUILD_IDS allows, or
 * null if there is none.
 * Source: https://docs.discord.com/developers/resources/user#get-current-user-guilds
 */
export async function findNextGuild(
  get: Get,
  guildIds: readonly string[],
  afterId: string,
): Promise<string | null> {
  let after = afterId;
  for (;;) {
    const query = { limit: String(MAX_PAGE_GUILDS), after };
    const page = await fetchList<OwnGuild>(get, '/users/@me/guilds', query);
    const later = page
      .map(({ id }) => id)
      .filter((id) => isSnowflake(id) && compareSnowflakes(id, after) > 0)
      .sort(compareSnowflakes);
    const found = later.find((id) => isAllowedGuild(guildIds, id));
    if (found !== undefined) return found;
    const last = later.at(-1);
    if (last === undefined || page.length < MAX_PAGE_GUILDS) return null;
    after = last;
  }
}

/** True if the setting GUILD_IDS allows channels of this guild. An empty list allows everything. */
export function isAllowedGuild(guildIds: readonly string[], guildId: string | null): boolean {
  return guildIds.length === 0 || (guildId !== null && guildIds.includes(guildId));
}

/** @throws InvalidInput if the setting GUILD_IDS does not allow the channel's guild */
export function requireAllowedGuild(
  guildIds: readonly string[],
  { channelName, guildId }: { channelName: string; guildId: string | null },
): void {
  if (isAllowedGuild(guildIds, guildId)) return;
  const server = guildId === null ? 'no server' : `the server ${guildId}`;
  throw invalidInput(
    `#${shownName(channelName)} is in ${server}, which GUILD_IDS does not allow: add the id of the server to GUILD_IDS, or use a channel of another server`,
  );
}

/** @throws InvalidInput if the setting GUILD_IDS does not allow the guild */
export function requireAllowedGuildId(guildIds: readonly string[], guildId: string): void {
  if (isAllowedGuild(guildIds, guildId)) return;
  throw invalidInput(`GUILD_IDS does not allow the server ${guildId}: add its id to GUILD_IDS`);
}

/** How many guilds a sentence names. */
const MAX_NAMED_GUILDS = 10;

/** Returns the names and ids of guilds, such as `Clip club (442294389964800640) and 3 more`. */
export function listGuildNames(guilds: readonly OwnGuild[]): string {
  const named = guilds.slice(0, MAX_NAMED_GUILDS);
  const names = named.map(({ id, name }) => (name ? `${shownName(name)} (${id})` : id)).join(', ');
  const others = guilds.length - named.length;
  return others === 0 ? names : `${names} and ${others} more`;
}

/**
 * Returns one sentence that warns about more than one guild, or null if no guild is archived by surprise. Anybody can
 * invite a public bot to another guild.
 */
export function warnOfGuilds(
  guilds: readonly OwnGuild[],
  { guildIds, channelIds }: { guildIds: readonly string[]; channelIds: readonly string[] },
): string | null {
  if (guildIds.length > 0 || guilds.length <= 1) return null;
  const risk =
    channelIds.length === 0 ? 'all of them are archived' : 'a backfill can archive all of them';
  return `the bot is in ${guilds.length} servers, and ${risk}: set GUILD_IDS to the ids of your servers, and turn Public Bot off in Discord's developer portal; the servers are ${listGuildNames(guilds)}`;
}

/**
 * Returns one sentence that warns about guilds of the setting GUILD_IDS that the bot is not in, or null if there are
 * none. A wrong id would otherwise stop the archiving of a guild without a sign.
 */
export function warnOfMissingGuilds(
  guilds: readonly OwnGuild[],
  guildIds: readonly string[],
): string | null {
  const missing = guildIds.filter((guildId) => !guilds.some(({ id }) => id === guildId));
  if (missing.length === 0) return null;
  return `GUILD_IDS: the bot is not in the server ${missing.join(', ')}: invite the bot, or correct GUILD_IDS`;
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
async function fetchList<T extends object>(
  get: Get,
  path: `/${string}`,
  query: Record<string, string> = {},
): Promise<T[]> {
  const list = await get<(T | null)[]>(path, { query });
  if (!Array.isArray(list)) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
  return list.filter((item) => typeof item === 'object' && item !== null);
}
