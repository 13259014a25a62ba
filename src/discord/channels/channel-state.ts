import { Routes, type APIChannel } from 'discord-api-types/v10';
import type { ChannelExistence } from '../../activities/ports/discord-port.ts';
import { isFailure, serviceFailed } from '../../errors.ts';
import { NOT_DISCORD, type Get } from '../rest-client.ts';

/**
 * Asks Discord whether a channel exists and whether the bot can see it.
 * @throws a failure of `errors.ts` if Discord's answer proves neither
 */
export async function findChannelState(get: Get, channelId: string): Promise<ChannelExistence> {
  const path = Routes.channel(channelId);
  try {
    const channel = await get<APIChannel>(path, { channelId });
    if (channel.id !== channelId) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
    return 'visible';
  } catch (error) {
    if (isFailure(error, 'MessageGone')) return 'deleted';
    if (isFailure(error, 'AccessLost')) return 'hidden';
    throw error;
  }
}
