import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * How many attempts wait. While the bot has no access, other requests for the channel are denied again and again, so an
 * attempt may have to wait after each of them.
 */
const WAITING_ATTEMPTS = 3;

/**
 * Returns a reader for a sweep. If Discord denied access to the channel within the last minute, a request is not sent.
 * The reader then fails with the time after which to try again, because the denial may be over: ingest asks for a sweep
 * as soon as the bot gets its permissions back. If the reader failed with AccessLost, the sweep would read the channel
 * only an hour later.
 * @param attempt the number of the activity's attempt, from 1
 */
export function waitForAccess(
  reader: Pick<DiscordPort, 'fetchHistory'>,
  attempt: number,
): Pick<DiscordPort, 'fetchHistory'> {
  if (attempt > WAITING_ATTEMPTS) return reader;
  return {
    fetchHistory: (channelId, page) =>
      reader.fetchHistory(channelId, { ...page, waitsForAccess: true }),
  };
}
