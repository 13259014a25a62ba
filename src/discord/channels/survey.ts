import { ChannelType } from 'discord-api-types/v10';
import { shownName } from '../../clip/clip.ts';
import {
  fetchGuild,
  fetchGuildChannels,
  fetchMemberRoles,
  fetchOwnGuilds,
  isAllowedGuild,
} from '../guilds.ts';
import { fetchOwnId } from '../own-id.ts';
import { canManageThreads, missingPermissions } from '../permissions.ts';
import type { Get } from '../rest-client.ts';
import { nameOf, overwritesOf } from './fetch-channel.ts';
import { boundedPlaceOf, isWithinBounds, type WatchBounds } from './watch-bounds.ts';

/** The names (`#name`) of the watched channels in all guilds of the bot. Categories are left out. */
export interface ChannelSurvey {
  readable: string[];
  /**
   * Channels that the bot sees, but in which it lacks Read Message History. Sweeps and backfills cannot read these
   * channels.
   */
  withoutHistory: string[];
  /**
   * Voice and stage channels that the bot sees, but in which it lacks Connect. The chats of voice and stage channels
   * need this permission.
   */
  withoutConnect: string[];
  /** Channels in which the bot lacks View Channel. */
  hidden: string[];
  /**
   * Readable text channels in which the bot lacks Manage Threads. There, Discord lists only those private archived
   * threads that the bot has joined. Only text channels can have private threads.
   * Source: https://docs.discord.com/developers/resources/channel#list-private-archived-threads
   */
  withoutManageThreads: string[];
}

const EVERYTHING: WatchBounds = { channelIds: [], guildIds: [] };

/** Checks the bot's permissions in every channel of its guilds that the settings allow. Threads are not checked. */
export async function surveyChannels(
  get: Get,
  bounds: WatchBounds = EVERYTHING,
): Promise<ChannelSurvey> {
  const survey: ChannelSurvey = {
    readable: [],
    withoutHistory: [],
    withoutConnect: [],
    hidden: [],
    withoutManageThreads: [],
  };
  const selfId = await fetchOwnId(get);
  for (const { id: guildId } of await fetchOwnGuilds(get)) {
    if (!isAllowedGuild(bounds.guildIds, guildId)) continue;
    const guild = await fetchGuild(get, guildId);
    const member = { id: selfId, roles: await fetchMemberRoles(get, guildId, selfId) };
    for (const channel of await fetchGuildChannels(get, guildId)) {
      if (channel.type === ChannelType.GuildCategory) continue;
      if (!isWithinBounds(boundedPlaceOf(channel, channel, guildId), bounds)) continue;
      const overwrites = overwritesOf(channel);
      const missing = missingPermissions(guild, member, overwrites, channel.type);
      const name = `#${shownName(nameOf(channel))}`;
      for (const list of classify(missing)) survey[list].push(name);
      if (missing.length > 0 || channel.type !== ChannelType.GuildText) continue;
      if (!canManageThreads(guild, member, overwrites)) survey.withoutManageThreads.push(name);
    }
  }
  return survey;
}

function classify(missing: readonly string[]): (keyof ChannelSurvey)[] {
  if (missing.length === 0) return ['readable'];
  if (missing.includes('View Channel')) return ['hidden'];
  return missing.map((name) => (name === 'Connect' ? 'withoutConnect' : 'withoutHistory'));
}
