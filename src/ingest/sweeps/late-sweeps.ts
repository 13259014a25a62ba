import { sweepWorkflowId } from '../../clip/names.ts';
import { idBefore } from '../../clip/snowflake.ts';
import type { EventQueue } from '../event-queue.ts';
import type { WatchedChannel, WatchedChannels } from '../watched-channels.ts';

/**
 * How long the first sweep waits, in milliseconds. By then, Discord may send content again, and one sweep can read all
 * messages that arrived during the wait.
 */
const FIRST_DELAY_MS = 15_000;

/**
 * The longest wait, in milliseconds. Requests can be rare, because a sweep retries on its own while content is missing.
 * Each request adds an event to the sweep's history.
 */
const MAX_DELAY_MS = 30 * 60 * 1000;

/** Requests sweeps of channels whose messages arrived without content, so that no clip is lost. */
export interface LateSweeps {
  /**
   * If the channel is watched, sweeps the channel after a delay. `guildId` is the guild that the message's event names;
   * null if the event names none.
   */
  request(channelId: string, messageId: string, guildId: string | null): void;
  /** Forgets all requests, because the next start sweeps all channels. */
  stop(): void;
}

interface LateSweepParts {
  channels: Pick<WatchedChannels, 'findWatched'>;
  queue: Pick<EventQueue, 'add'>;
  /** Makes the channel's sweep read the history now. */
  sweepChannel: (channel: WatchedChannel) => Promise<void>;
}

export function createLateSweeps({ channels, queue, sweepChannel }: LateSweepParts): LateSweeps {
  const pending = new Map<string, NodeJS.Timeout>();
  const delays = new Map<string, { nextMs: number; forget: NodeJS.Timeout }>();

  /**
   * Each delay of a channel is twice as long as the last one, up to MAX_DELAY_MS. After twice MAX_DELAY_MS without
   * requests, the channel starts again with FIRST_DELAY_MS.
   */
  function nextDelayMs(channelId: string): number {
    const last = delays.get(channelId);
    clearTimeout(last?.forget);
    const delayMs = last?.nextMs ?? FIRST_DELAY_MS;
    const forget = setTimeout(() => delays.delete(channelId), 2 * MAX_DELAY_MS).unref();
    delays.set(channelId, { nextMs: Math.min(delayMs * 2, MAX_DELAY_MS), forget });
    return delayMs;
  }

  function sweep(channelId: string, messageId: string, guildId: string | null): void {
    pending.delete(channelId);
    queue.add({
      key: sweepWorkflowId(channelId),
      what: 'sweep a channel whose messages arrived without content',
      ids: { channel: channelId },
      async run() {
        const channel = await channels.findWatched(channelId, guildId);
        // If no sweep is running, the new sweep must start at a position before the message.
        if (channel) await sweepChannel({ ...channel, lastMessageId: idBefore(messageId) });
      },
    });
  }

  return {
    request(channelId, messageId, guildId) {
      if (pending.has(channelId)) return;
      const timer = setTimeout(() => {
        sweep(channelId, messageId, guildId);
      }, nextDelayMs(channelId));
      pending.set(channelId, timer);
    },
    stop() {
      for (const timer of pending.values()) clearTimeout(timer);
      for (const { forget } of delays.values()) clearTimeout(forget);
      pending.clear();
      delays.clear();
    },
  };
}
