import type { APIChannel } from 'discord-api-types/v10';
import { BoundedMap } from '../../bounded-map.ts';
import { isSnowflake } from '../../clip/snowflake.ts';
import { invalidInput, isFailure } from '../../errors.ts';
import { overwritesOf } from '../channels/fetch-channel.ts';
import { fetchGuild, fetchGuildChannels, fetchMemberRoles, type GuildFacts } from '../guilds.ts';
import { fetchOwnId } from '../own-id.ts';
import { canManageThreads, missingPermissions } from '../permissions.ts';
import type { Get } from '../rest-client.ts';

/** How long a guild's channels and permissions are kept, in milliseconds. A long listing reads them once a minute. */
const KEPT_MS = 60 * 1000;

/** The maximum number of guilds that are kept. A guild of 500 channels takes about 500 KB. */
const MAX_GUILDS = 4;

/** A guild's channels, and what the bot may do in them. */
export interface GuildView {
  guildId: string;
  channels: readonly APIChannel[];
  /** Returns the names of the permissions that the bot lacks to read the history of a channel, but not of a thread. */
  missingIn(channel: APIChannel): string[];
  managesThreadsIn(channel: APIChannel): boolean;
}

interface Kept {
  view: GuildView;
  /** Epoch milliseconds. */
  untilMs: number;
}

/** Creates a function that looks up a guild with four requests, or returns what it looked up in the last minute. */
export function createGuildViews(
  get: Get,
): (guildId: string, options: { fresh: boolean }) => Promise<GuildView> {
  const views = new BoundedMap<string, Kept>(MAX_GUILDS, ({ untilMs }) => untilMs <= Date.now());
  return async (guildId, { fresh }) => {
    const kept = views.get(guildId);
    if (kept && !fresh && kept.untilMs > Date.now()) return kept.view;
    const view = await lookUpGuild(get, guildId);
    views.set(guildId, { view, untilMs: Date.now() + KEPT_MS });
    return view;
  };
}

/** @throws InvalidInput if Discord says that the bot is not in the guild, and any error of `get` */
async function lookUpGuild(get: Get, guildId: string): Promise<GuildView> {
  const id = await fetchOwnId(get);
  let guild: GuildFacts;
  let roles: string[];
  let channels: APIChannel[];
  try {
    guild = await fetchGuild(get, guildId);
    roles = await fetchMemberRoles(get, guildId, id);
    channels = await fetchGuildChannels(get, guildId);
  } catch (error) {
    if (isFailure(error, 'MessageGone') || isFailure(error, 'AccessLost')) {
      throw invalidInput(`the bot is not in the server ${guildId}: invite the bot`);
    }
    throw error;
  }
  const member = { id, roles };
  return {
    guildId,
    channels: channels.filter((channel) => isSnowflake(channel.id)),
    missingIn: (channel) => missingPermissions(guild, member, overwritesOf(channel), channel.type),
    managesThreadsIn: (channel) => canManageThreads(guild, member, overwritesOf(channel)),
  };
}
