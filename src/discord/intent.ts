import { ApplicationFlags, type APIApplication } from 'discord-api-types/v10';
import { isFailure } from '../errors.ts';
import type { Get } from './rest-client.ts';

export const MISSING_INTENT =
  "the bot has no Message Content intent: turn it on in Discord's developer portal (your application, Bot)";

/** Discord sets the limited flag for bots that are in fewer than 100 guilds. */
const FLAGS =
  ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/**
 * True if Discord sends the bot the text and attachments of messages. Also true for a compatible server that
 * lacks this route or the flags, because such a server sends all content.
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
