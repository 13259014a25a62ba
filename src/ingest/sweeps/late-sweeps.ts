import { sweepWorkflowId } from '../../clip/names.ts';
import { idBefore } from '../../clip/snowflake.ts';
import type { EventQueue } from '../event-queue.ts';
import type { WatchedChannel, WatchedChannels } from '../watched-channels.ts';

/** Discord may send content again soon, and messages that follow each other need one sweep. */
const FIRST_DELAY_MS = 15_000;

/**
 * The sweep of a channel without content is retried by itself, so requests become rare. Each one is an event
 * in the history of the sweep.
 */
const MAX_DELAY_MS = 30 * 60 * 1000;

/** Asks for sweeps of channels whose messages arrived without content, so that no clip in them is lost. */
export interface LateSweeps {
  /** Sweeps the channel some time after the message, if the channel is watched. */
  request(channelId: string, messageId: string): void;
  /** Forgets all requests: the next start sweeps all channels. */
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

  /** The pauses of a channel grow until no message has arrived without content for twice the longest one. */
  function nextDelayMs(channelId: string): number {
    const last = delays.get(channelId);
    clearTimeout(last?.forget);
    const delayMs = last?.nextMs ?? FIRST_DELAY_MS;
    const forget = setTimeout(() => delays.delete(channelId), 2 * MAX_DELAY_MS).unref();
    delays.set(channelId, { nextMs: Math.min(delayMs * 2, MAX_DELAY_MS), forget });
    return delayMs;
  }

  function sweep(channelId: string, messageId: string): void {
    pending.delete(channelId);
    queue.add({
      key: sweepWorkflowId(channelId),
      what: 'sweep a channel whose messages arrived without content',
      ids: { channel: channelId },
      async run() {
        const channel = await channels.findWatched(channelId);
        // If no sweep is running, a new one must not start after the message.
        if (channel) await sweepChannel({ ...channel, lastMessageId: idBefore(messageId) });
      },
    });
  }

  return {
    request(channelId, messageId) {
      if (pending.has(channelId)) return;
      const timer = setTimeout(() => {
        sweep(channelId, messageId);
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
