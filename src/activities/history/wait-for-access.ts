import { activityInfo } from '@temporalio/activity';
import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * Returns a reader for an activity that reads a history. If Discord denied access to the channel within the last minute,
 * a request is not sent. A denial from before the activity was scheduled may be over: ingest asks for a sweep as soon as
 * the bot gets its permissions back, and a backfill has just checked them. So after such a denial, the reader fails with
 * the time after which to try again. If it failed with AccessLost, a sweep would read the channel only an hour later,
 * and a backfill would end without the channel.
 *
 * While the bot has no access, other requests for the channel are denied again and again. Such a later denial is an
 * answer, so an activity does not wait for ever.
 */
export function waitForAccess(
  reader: Pick<DiscordPort, 'fetchHistory'>,
): Pick<DiscordPort, 'fetchHistory'> {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  // Both times come from the server, whose clock may differ from the clock of this process.
  const deniedBeforeMs = Date.now() - (currentAttemptScheduledTimestampMs - scheduledTimestampMs);
  return {
    fetchHistory: (channelId, page) =>
      reader.fetchHistory(channelId, { ...page, waitsForAccess: { deniedBeforeMs } }),
  };
}
