import { sweepWorkflowId } from '../clip/names.ts';
import type { Logger } from '../log.ts';
import { createLimit } from './limit.ts';
import type { EventQueue } from './event-queue.ts';
import type { Places, WatchedChannel } from './watched-channels.ts';

/** Which channels are swept, and when: what the gateway doesn't repeat is in the history alone. */
export interface Sweeps {
  /**
   * To be called at every new session: has every channel swept, for what came in before it, and ends
   * the sweeps of channels that are watched no more.
   */
  all(): void;
  /**
   * To be called when channels or rights may have changed: has those swept that can be read only now,
   * before the session can be lost. Before the first `all` it does nothing.
   */
  news(): void;
}

type Channel = Pick<WatchedChannel, 'channelId' | 'channelName'>;

/** Temporal and Discord are asked for so many channels at a time. */
const MOST_AT_ONCE = 8;

/** What sweeps are made of. */
export interface SweepParts {
  places: Pick<Places, 'watched' | 'withThreads'>;
  queue: Pick<EventQueue, 'add'>;
  /** Has a channel's sweep look now. */
  sweep: (channel: WatchedChannel) => Promise<void>;
  /** Threads of a channel that the gateway doesn't tell of. */
  archivedThreads: (channelId: string) => Promise<WatchedChannel[]>;
  /** Channels whose sweeps run. */
  swept: () => Promise<string[]>;
  /** Ends a channel's sweep where the channel is watched no more. */
  endUnlessWatched: (channelId: string) => Promise<void>;
  log: Logger;
}

/** Each channel is work of its own: one that fails is tried again, and holds no other up. */
export function createSweeps(parts: SweepParts): Sweeps {
  const { places, queue, log } = parts;
  const limited = createLimit(MOST_AT_ONCE);
  let known: Set<string> | null = null;

  function add(channels: readonly WatchedChannel[]): void {
    for (const channel of channels) {
      queue.add({
        key: sweepWorkflowId(channel.channelId),
        what: `have #${channel.channelName} swept`,
        run: () => limited(() => parts.sweep(channel)),
      });
    }
    const names = channels.map(({ channelName }) => `#${channelName}`);
    if (names.length > 0) log.info(`watching ${names.join(', ')}`);
  }

  function addThreadsOf({ channelId, channelName }: Channel): void {
    queue.add({
      key: `threads-${channelId}`,
      what: `list the archived threads of #${channelName}`,
      run: () =>
        limited(async () => {
          add(await parts.archivedThreads(channelId));
        }),
    });
  }

  function endOthers(): void {
    queue.add({
      key: 'sweeps',
      what: 'list the sweeps',
      run: async () => {
        for (const channelId of await parts.swept()) {
          if (known?.has(channelId)) continue;
          queue.add({
            key: sweepWorkflowId(channelId),
            what: `end the sweep of ${channelId}, if it is watched no more`,
            run: () => limited(() => parts.endUnlessWatched(channelId)),
          });
        }
      },
    });
  }

  /** Takes up what can be read now, and couldn't be read at the last look. */
  function look(before: Set<string>): void {
    const isNew = ({ channelId }: Channel) => !before.has(channelId);
    const [channels, parents] = [places.watched(), places.withThreads()];
    known = new Set([...channels, ...parents].map(({ channelId }) => channelId));
    add(channels.filter(isNew));
    parents.filter(isNew).forEach(addThreadsOf);
  }

  return {
    all() {
      look(new Set());
      endOthers();
    },
    news() {
      if (known) look(known);
    },
  };
}
