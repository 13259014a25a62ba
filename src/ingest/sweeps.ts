import type { Logger } from '../log.ts';
import { createLimit } from './at-most.ts';
import type { EventQueue } from './event-queue.ts';
import type { Places, WatchedChannel } from './places.ts';

/** Which channels are swept, and when: what the gateway doesn't repeat is in the history alone. */
export interface Sweeps {
  /** To be called at every new session: has every channel swept, for what came in before it. */
  all(): void;
  /**
   * To be called when channels or rights may have changed: has those swept that can be read only now,
   * before the session can be lost. Before the first `all` it does nothing.
   */
  news(): void;
}

/** Temporal and Discord are asked for so many channels at a time. */
const MOST_AT_ONCE = 8;

/** Each channel is work of its own: one that fails is tried again, and holds no other up. */
export function createSweeps({
  places,
  queue,
  sweep,
  log,
}: {
  places: Pick<Places, 'watched'>;
  queue: Pick<EventQueue, 'add'>;
  sweep: (channel: WatchedChannel) => Promise<void>;
  log: Logger;
}): Sweeps {
  const limited = createLimit(MOST_AT_ONCE);
  let known: Set<string> | null = null;

  function add(channels: readonly WatchedChannel[]): void {
    for (const channel of channels) {
      queue.add({
        key: `sweep-${channel.channelId}`,
        what: `have #${channel.channelName} swept`,
        run: () => limited(() => sweep(channel)),
      });
    }
    const names = channels.map(({ channelName }) => `#${channelName}`);
    if (names.length > 0) log.info(`watching ${names.join(', ')}`);
  }

  /** What can be read now, and couldn't be read at the last look. */
  function look(before: Set<string>): WatchedChannel[] {
    const now = places.watched();
    known = new Set(now.map(({ channelId }) => channelId));
    return now.filter(({ channelId }) => !before.has(channelId));
  }

  return {
    all() {
      add(look(new Set()));
    },
    news() {
      if (known) add(look(known));
    },
  };
}
