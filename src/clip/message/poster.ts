import type { APIMessage, APIUser } from 'discord-api-types/v10';
import type { Poster } from '../clip.ts';
import { isSnowflake } from '../snowflake.ts';
import { sha256 } from './sha256.ts';

/**
 * The number of hexadecimal digits in 64 bits. With 64 bits, two different names and avatars of one webhook do not get
 * the same hash by accident.
 */
const HASH_CHARACTERS = 16;

/** Returns the poster as the message shows them. */
export function posterOf(message: APIMessage): Poster {
  const { author } = message;
  const poster = userOf(author);
  const webhookId = webhookIdOf(message);
  return webhookId === null
    ? poster
    : { ...poster, userDataId: `${webhookId}-${personaHash(poster)}` };
}

/**
 * Returns the id of the webhook that posted the message, or null. A bot's answer to a command contains the id of the
 * bot's application as a webhook id, but shows the bot itself.
 * Source: https://discord.com/developers/docs/resources/message#message-object
 */
export function webhookIdOf(message: APIMessage): string | null {
  const { webhook_id: webhookId, application_id: applicationId } = message;
  if (!isSnowflake(webhookId)) return null;
  return webhookId === applicationId || commanderOf(message) ? null : webhookId;
}

/** Returns the user whose command a bot answered with the message, or null. */
export function postedByOf(message: APIMessage): Poster | null {
  const user = commanderOf(message);
  return user ? userOf(user) : null;
}

function commanderOf(message: APIMessage): APIUser | undefined {
  // oxlint-disable-next-line typescript/no-deprecated -- Some compatible servers send only this field.
  return message.interaction_metadata?.user ?? message.interaction?.user;
}

function userOf({ id, username, global_name, avatar }: APIUser): Poster {
  return { id, username, displayName: global_name ?? username, avatar: avatar ?? null };
}

/**
 * Returns a hash of the name and avatar. PluralKit and bridges show a different name and avatar for each of their
 * users.
 */
function personaHash({ username, avatar }: Poster): string {
  return sha256(JSON.stringify([username, avatar])).slice(0, HASH_CHARACTERS);
}
