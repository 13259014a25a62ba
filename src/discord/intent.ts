import { ApplicationFlags, type APIApplication } from 'discord-api-types/v10';
import { isFailure } from '../errors.ts';
import type { Get } from './rest-client.ts';

/** What to do about an application without the intent. */
export const MISSING_INTENT =
  "the bot has no Message Content intent: turn it on in Discord's developer portal (your application, Bot)";

const FLAGS =
  ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/**
 * Whether messages come with their attachments; the limited flag is that of bots in few guilds.
 * A compatible server that says no flags, or knows no such page, is believed to send everything.
 */
export async function hasMessageContentIntent(get: Get): Promise<boolean> {
  const { flags } = await get<Partial<APIApplication>>('/applications/@me').catch(
    (error: unknown): Partial<APIApplication> => {
      if (isFailure(error, 'MessageGone')) return {};
      throw error;
    },
  );
  return flags === undefined || (flags & FLAGS) !== 0;
}
