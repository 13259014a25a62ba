import { GatewayCloseCodes } from 'discord-api-types/v10';
import { isFailure } from '../errors.ts';
import { MISSING_INTENT } from '../discord/intent.ts';

/**
 * The gateway close codes after which discord.js does not reconnect, and what to do about each.
 * Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
 */
const FATAL_CLOSES: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.AuthenticationFailed]:
    "Discord rejected the bot token: set TOKEN to the token from Discord's developer portal",
  [GatewayCloseCodes.InvalidShard]: 'Discord rejected the shard of this connection: restart ingest',
  [GatewayCloseCodes.ShardingRequired]:
    'the bot is in too many servers for one gateway connection: remove the bot from some servers',
  [GatewayCloseCodes.InvalidAPIVersion]:
    'Discord no longer supports this gateway version: update Everclip',
  [GatewayCloseCodes.InvalidIntents]: 'Discord rejected the gateway intents: update Everclip',
  [GatewayCloseCodes.DisallowedIntents]: MISSING_INTENT,
};

/** True if discord.js does not reconnect after this close code. */
export function isFatalClose(code: number): boolean {
  return code in FATAL_CLOSES;
}

/** Returns an Error with one sentence about a failed login. `cause` is a close code or an error of discord.js. */
export function loginFault(cause: unknown): Error {
  if (typeof cause === 'number') {
    return new Error(
      FATAL_CLOSES[cause] ?? `the gateway closed with code ${cause}: restart ingest`,
    );
  }
  const { code, message } =
    cause instanceof Error
      ? (cause as Error & { code?: unknown })
      : { code: null, message: String(cause) };
  if (code === 'TokenInvalid' || isFailure(cause, 'TokenRejected')) {
    return loginFault(GatewayCloseCodes.AuthenticationFailed);
  }
  if (/disallowed intents/i.test(message)) return loginFault(GatewayCloseCodes.DisallowedIntents);
  const reason =
    typeof code === 'string' || typeof code === 'number' ? `${message} (${code})` : message;
  return new Error(
    `login to Discord failed: ${reason}; correct DISCORD_API_URL, or try again later`,
  );
}
