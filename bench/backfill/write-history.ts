import { ChannelType } from 'discord-api-types/v10';
import type { Emulator } from '../../src/emulator/emulator.ts';

const CHANNELS = 20;
const THREADS = 50;
/** Most messages of a guild are in its channels, not in its threads. */
const SHARE_IN_CHANNELS = 0.8;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A message every minute ends long before the benchmark, so no sweep reads the threads. */
const HISTORY_BEGAN_MS = 365 * DAY_MS;
const THREADS_ARCHIVED_MS = 30 * DAY_MS;
const MESSAGE_INTERVAL_MS = 60_000;
/** Discord's maximum for one page of messages. */
const PAGE_MESSAGES = 100;

export interface History {
  guildId: string;
  channelIds: readonly string[];
  messages: number;
  clips: number;
  places: number;
  /** The pages that have messages. */
  pages: number;
}

/**
 * Fills a guild with old messages. Every message with a clip has one clip, and the clips are spread evenly. All threads
 * are archived.
 */
export function writeHistory(
  emulator: Emulator,
  { messages, clips, clipPath }: { messages: number; clips: number; clipPath: string },
): History {
  const guildId = emulator.addGuild({ name: 'Clip club' }).id;
  const authorId = emulator.addUser({ username: '_juno' }).id;
  const channelIds = Array.from({ length: CHANNELS }, (_, n) => {
    const { id } = emulator.addChannel({ guildId, name: `clips ${n}` });
    emulator.allow(id, 'MANAGE_THREADS');
    return id;
  });
  const archivedAt = new Date(Date.now() - THREADS_ARCHIVED_MS);
  const threadIds = Array.from({ length: THREADS }, (_, n) => {
    const parentId = channelIds[n % CHANNELS] ?? '';
    const name = `thread ${n}`;
    const type = ChannelType.PublicThread;
    return emulator.addChannel({ guildId, name, type, parentId, archivedAt }).id;
  });
  const file = { filename: 'clip.mp4', path: clipPath, contentType: 'video/mp4' };
  const beganMs = Date.now() - HISTORY_BEGAN_MS;
  const inChannels = Math.round(messages * SHARE_IN_CHANNELS);
  const interval = messages / clips;
  let written = 0;
  let withClip = 0;
  let pages = 0;

  function fill(channelId: string, count: number): void {
    for (let n = 0; n < count; n++, written++) {
      const hasClip = Math.floor(written / interval) === withClip;
      if (hasClip) withClip += 1;
      const timestamp = new Date(beganMs + n * MESSAGE_INTERVAL_MS);
      const content = `message ${n}`;
      const files = hasClip ? [file] : [];
      emulator.postMessage({ channelId, authorId, content, files, timestamp, silent: true });
    }
    pages += Math.ceil(count / PAGE_MESSAGES);
  }

  channelIds.forEach((id, n) => {
    fill(id, portion(inChannels, CHANNELS, n));
  });
  threadIds.forEach((id, n) => {
    fill(id, portion(messages - inChannels, THREADS, n));
  });
  const places = CHANNELS + THREADS;
  return { guildId, channelIds, messages: written, clips: withClip, places, pages };
}

/** Returns the size of part `index`, if `total` is divided into `parts` whole parts. */
function portion(total: number, parts: number, index: number): number {
  return Math.floor((total * (index + 1)) / parts) - Math.floor((total * index) / parts);
}
