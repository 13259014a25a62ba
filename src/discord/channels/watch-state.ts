import { Routes, type APIChannel } from 'discord-api-types/v10';
import type { WatchState } from '../../activities/ports/discord-port.ts';
import { isFailure, serviceFailed } from '../../errors.ts';
import { NOT_DISCORD, type Get } from '../rest-client.ts';
import { fetchOwner, guildIdOf } from './fetch-channel.ts';
import { boundedPlaceOf, isWithinBounds, type WatchBounds } from './watch-bounds.ts';

/**
 * Asks Discord whether a channel exists, and whether the settings allow it. A thread whose parent is hidden from the bot
 * counts as allowed by CHANNEL_IDS, because the setting may name the parent's category. Compatible servers may leave out
 * a channel's guild. GUILD_IDS then allows the channel.
 * @throws a failure of `errors.ts` if Discord itself did not answer
 */
export async function findWatchState(
  get: Get,
  bounds: WatchBounds,
  channelId: string,
): Promise<WatchState> {
  const path = Routes.channel(channelId);
  try {
    const channel = await get<APIChannel>(path);
    if (channel.id !== channelId) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
    const owner = await fetchOwner(get, channel);
    const guildId = guildIdOf(channel);
    const place = boundedPlaceOf(channel, owner, guildId);
    const isAllowed = isWithinBounds(place, {
      ...bounds,
      ...(owner === null && { channelIds: [] }),
      ...(guildId === null && { guildIds: [] }),
    });
    return isAllowed ? 'watched' : 'unwatched';
  } catch (error) {
    if (isFailure(error, 'AccessLost')) return 'hidden';
    if (isFailure(error, 'MessageGone')) return 'deleted';
    throw error;
  }
}
