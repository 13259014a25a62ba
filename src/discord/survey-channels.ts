import {
  ChannelType,
  Routes,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIUser,
} from 'discord-api-types/v10';
import { missingRights } from './permissions.ts';
import type { Get } from './rest-client.ts';

/** All channels of the bot's guilds that hold messages or threads, by name (`#name`). */
export interface ChannelSurvey {
  readable: string[];
  /** Seen, but without their history: messages come in, and what a sweep is to find stays unfound. */
  withoutHistory: string[];
  /** Not seen: how a guild keeps a bot out. */
  hidden: string[];
}

/** Looks at the rights in every channel, for whoever names none and means all. */
export async function surveyChannels(get: Get): Promise<ChannelSurvey> {
  const survey: ChannelSurvey = { readable: [], withoutHistory: [], hidden: [] };
  const { id } = await get<APIUser>('/users/@me');
  for (const { id: guildId } of await get<{ id: string }[]>('/users/@me/guilds')) {
    const guild = await get<APIGuild>(Routes.guild(guildId));
    const { roles } = await get<APIGuildMember>(Routes.guildMember(guildId, id));
    for (const channel of await get<APIChannel[]>(Routes.guildChannels(guildId))) {
      if (channel.type === ChannelType.GuildCategory) continue;
      const overwrites =
        ('permission_overwrites' in channel && channel.permission_overwrites) || [];
      const missing = missingRights(guild, { id, roles }, overwrites);
      survey[kindOf(missing)].push(`#${channel.name ?? channel.id}`);
    }
  }
  return survey;
}

const kindOf = (missing: string[]): keyof ChannelSurvey =>
  missing.length === 0
    ? 'readable'
    : missing.includes('View Channel')
      ? 'hidden'
      : 'withoutHistory';
