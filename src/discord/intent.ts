import { ApplicationFlags, type APIApplication } from 'discord-api-types/v10';
import { isFailure } from '../errors.ts';
import type { Get } from './rest-client.ts';

export const MISSING_INTENT =
  "the bot has no Message Content intent: turn it on in Discord's developer portal (your application, Bot)";

/** Discord sets the limited flag for bots that are in fewer than 100 guilds. */
const FLAGS =
  ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/**
 * What the application's flags say about the Message Content intent. `unknown` means that a compatible server has no
 * route for the application, denies bots the route, or sends no flags. On Discord, `missing` is reliable. A compatible
 * server may report flags of 0 and still send all content.
 */
export type Intent = 'granted' | 'missing' | 'unknown';

export async function lookUpIntent(get: Get): Promise<Intent> {
  const { flags } = await get<Partial<APIApplication>>('/applications/@me').catch(
    (error: unknown): Partial<APIApplication> => {
      if (isFailure(error, 'MessageGone') || isFailure(error, 'AccessLost')) return {};
      throw error;
    },
  );
  if (typeof flags !== 'number') return 'unknown';
  return (flags & FLAGS) === 0 ? 'missing' : 'granted';
}
