import { log } from '@temporalio/activity';
import type { APIMessage } from 'discord-api-types/v10';
import type { Clip } from '../../clip/clip.ts';
import { clipsOfMessage, type ClipRules, type MessageContext } from '../../clip/message.ts';
import { mentionedChannelIds } from '../../clip/message/mentions.ts';
import { messageOf } from '../../errors.ts';
import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * Returns the clips of each message of a page, or null for a malformed message, so that it does not block the other
 * messages. Active threads that the texts of clips mention get their names.
 * @throws the failures of `DiscordPort.readableChannel`
 */
export async function readClips(
  discord: Pick<DiscordPort, 'readableChannel'>,
  messages: readonly APIMessage[],
  context: MessageContext,
  clipRules: ClipRules,
): Promise<(Clip[] | null)[]> {
  const read = messages.map((message) => readMessage(message, context, clipRules));
  const mentionedIn = read
    .flatMap((clips) => clips ?? [])
    .map(({ description }) => description)
    .filter((text) => mentionedChannelIds(text).length > 0);
  if (mentionedIn.length === 0) return read;
  const named = await discord.readableChannel(context.channelId, { mentionedIn });
  return messages.map((message, at) => (read[at] ? readMessage(message, named, clipRules) : null));
}

function readMessage(
  message: APIMessage,
  context: MessageContext,
  clipRules: ClipRules,
): Clip[] | null {
  try {
    return clipsOfMessage(message, context, clipRules);
  } catch (error) {
    log.warn(`skipped message ${message.id}, which cannot be read: ${messageOf(error)}`);
    return null;
  }
}
