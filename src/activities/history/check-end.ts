import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * Checks that an empty page is the end of the history. Discord also returns an empty page if the bot has lost Read
 * Message History, but then denies a single message. So one message that was read before proves the permission, with one
 * request instead of seven. If that message has been deleted in the meantime, the permissions are looked up.
 * @param readId the id of the oldest message that was read; null if the channel has none
 * @throws InvalidInput if the bot lacks a permission
 */
export async function checkEnd(
  discord: Pick<DiscordPort, 'fetchMessage' | 'readableChannel'>,
  channelId: string,
  readId: string | null,
): Promise<void> {
  const isReadable =
    readId !== null &&
    (await discord.fetchMessage(channelId, readId).then(
      () => true,
      () => false,
    ));
  if (!isReadable) await discord.readableChannel(channelId, { fresh: true });
}
