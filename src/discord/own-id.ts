import type { APIUser } from 'discord-api-types/v10';
import { serviceFailed } from '../errors.ts';
import { NOT_DISCORD, type Get } from './rest-client.ts';

const PATH = '/users/@me';

/**
 * Returns the bot's user id. Without an id, a look-up of the bot's membership would find that the bot is in no guild.
 */
export async function fetchOwnId(get: Get): Promise<string> {
  const { id } = await get<Partial<APIUser>>(PATH);
  if (typeof id !== 'string') throw serviceFailed(NOT_DISCORD, { route: `GET ${PATH}` });
  return id;
}
