import { shownName } from '../../clip/clip.ts';
import { sweepWorkflowId } from '../../clip/names.ts';
import type { Logger } from '../../log.ts';
import type { EventQueue } from '../event-queue.ts';
import type { ThreadParent, WatchedChannel, WatchedChannels } from '../watched-channels.ts';
import { createLimit } from './limit.ts';

/**
 * Decides which channels are swept, and when. The gateway does not resend messages that ingest missed. Sweeps find
 * these messages in the channels' history.
 */
export interface Sweeps {
  /**
   * Sweeps every readable channel for messages from before the session, and ends the sweeps of channels that are no
   * longer watched. Call this function at every new gateway session.
   */
  sweepAll(): void;
  /**
   * Sweeps the channels that have become readable since the last call. A channel's sweep must exist before the session
   * is lost. A sweep that is created later starts at the newest message, so it would skip the messages that ingest
   * missed. Call this function when channels or permissions may have changed. Does nothing before the first `sweepAll`.
   */
  sweepNewlyReadable(): void;
}

/** How many channels are looked up in Temporal and Discord at a time. */
const MAX_CONCURRENT = 8;

/** How many channels one log line names. A guild may have hundreds of active threads. */
const MAX_NAMED_CHANNELS = 20;

/** The functions and objects that `createSweeps` needs. */
export interface SweepParts {
  channels: Pick<WatchedChannels, 'listReadable' | 'listThreadParents' | 'isPlaceAllowed'>;
  queue: Pick<EventQueue, 'add'>;
  /** Makes the channel's sweep read the history now. */
  sweepChannel: (channel: WatchedChannel) => Promise<void>;
  /**
   * Returns a function that lists the recently archived threads of a channel, which the gateway does not list. If a
   * call fails, the next call continues where it stopped.
   */
  createArchivedThreadsList: (channelId: string) => () => Promise<WatchedChannel[]>;
  /** Lists the ids of the channels whose sweeps are running. */
  listRunningSweeps: () => Promise<string[]>;
  /** Ends the channel's sweep if the channel is no longer watched. */
  endIfUnwatched: (channelId: string) => Promise<void>;
  log: Logger;
}

/** Each channel is queued separately, so a channel that fails is retried without delaying the others. */
export function createSweeps(parts: SweepParts): Sweeps {
  const { channels, queue, log } = parts;
  const withLimit = createLimit(MAX_CONCURRENT);
  /** The ids of the channels that were readable at the last update; null before the first update. */
  let readable: ReadonlySet<string> | null = null;

  function queueSweeps(watched: readonly WatchedChannel[]): void {
    for (const channel of watched) {
      queue.add({
        key: sweepWorkflowId(channel.channelId),
        what: `sweep #${shownName(channel.channelName)}`,
        ids: { channel: channel.channelId },
        run: () => withLimit(() => parts.sweepChannel(channel)),
      });
    }
    if (watched.length > 0) log.info(`watching ${listNames(watched)}`);
  }

  function queueArchivedThreads({ channelId, channelName, guildId }: ThreadParent): void {
    const listThreads = parts.createArchivedThreadsList(channelId);
    queue.add({
      key: `threads-${channelId}`,
      what: `list the archived threads of #${shownName(channelName)}`,
      ids: { channel: channelId },
      run: () =>
        withLimit(async () => {
          const threads = await listThreads();
          // EXCLUDE_CHANNEL_IDS may name a single thread.
          const isAllowed = ({ channelId: id }: WatchedChannel) =>
            channels.isPlaceAllowed({ id, parentId: channelId, categoryId: null, guildId });
          queueSweeps(threads.filter(isAllowed));
        }),
    });
  }

  function endUnwatched(): void {
    queue.add({
      key: 'sweeps',
      what: 'list the running sweeps',
      run: async () => {
        for (const channelId of await parts.listRunningSweeps()) {
          if (readable?.has(channelId)) continue;
          queue.add({
            key: sweepWorkflowId(channelId),
            what: 'check whether the channel is still watched',
            ids: { channel: channelId },
            run: () => withLimit(() => parts.endIfUnwatched(channelId)),
          });
        }
      },
    });
  }

  /**
   * Queues sweeps of the readable channels that are not in `before`, and stores which channels are readable. If a session
   * has just started, the gateway has named the newest message of each channel. During a session, the newest message of
   * a channel that was hidden is not known.
   */
  function update(before: ReadonlySet<string>, isSessionStart: boolean): void {
    const isNew = ({ channelId }: Pick<ThreadParent, 'channelId'>) => !before.has(channelId);
    const watched = channels
      .listReadable()
      .map((channel) => (isSessionStart ? channel : { ...channel, newestId: null }));
    const parents = channels.listThreadParents();
    readable = new Set([...watched, ...parents].map(({ channelId }) => channelId));
    queueSweeps(watched.filter(isNew));
    parents.filter(isNew).forEach(queueArchivedThreads);
  }

  return {
    sweepAll() {
      update(new Set(), true);
      endUnwatched();
    },
    sweepNewlyReadable() {
      if (readable) update(readable, false);
    },
  };
}

/** Returns the names for the log, such as `#overtime, #finals and 130 more`. */
function listNames(channels: readonly WatchedChannel[]): string {
  const named = channels.slice(0, MAX_NAMED_CHANNELS);
  const names = named.map(({ channelName }) => `#${shownName(channelName)}`).join(', ');
  const others = channels.length - named.length;
  return others === 0 ? names : `${names} and ${others} more`;
}
