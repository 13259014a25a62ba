// Runs the Discord emulator as a process of its own, which a test can kill with -9. The emulator's world is in the
// folder in argv, so it survives.
import { startEmulator } from '../../../src/emulator/emulator.ts';

/** A request of the test. `id` is repeated in the reply. */
export type DiscordRequest =
  | { id: number; do: 'createChannels'; names: readonly string[] }
  | { id: number; do: 'post'; channelId: string; userId: string; path: string };

export interface CreatedChannels {
  channelIds: string[];
  userId: string;
}

export interface CreatedMessage {
  messageId: string;
  attachmentId: string;
}

/** The number of requests that this process has received. */
export interface DiscordCounts {
  /** Requests for one message, which is what a refresh of a link costs. */
  messageFetches: number;
  rest: number;
  cdn: number;
}

export type DiscordMessage =
  | { kind: 'ready'; apiUrl: string; cdnOrigin: string; token: string }
  | { kind: 'reply'; id: number; value: CreatedChannels | CreatedMessage }
  | { kind: 'counts'; counts: DiscordCounts };

const COUNT_EVERY_MS = 100;

const [folder = '', leaseSeconds = ''] = process.argv.slice(2);
const emulator = await startEmulator({ dataDir: folder, leaseSeconds: Number(leaseSeconds) });

function tell(message: DiscordMessage): void {
  process.send?.(message);
}

process.on('message', (request: DiscordRequest) => {
  tell({ kind: 'reply', id: request.id, value: answer(request) });
});
process.on('disconnect', () => process.exit(0));
setInterval(() => {
  const { stats } = emulator;
  tell({
    kind: 'counts',
    counts: {
      messageFetches: stats.requests('GET /channels/:id/messages/:id'),
      rest: stats.requests(/^(?!CDN|GATEWAY)/),
      cdn: stats.requests(/^CDN/),
    },
  });
}, COUNT_EVERY_MS);
const { apiUrl, cdnOrigin, token } = emulator;
tell({ kind: 'ready', apiUrl, cdnOrigin, token });

function answer(request: DiscordRequest): CreatedChannels | CreatedMessage {
  if (request.do === 'createChannels') {
    const guildId = emulator.addGuild({ name: 'Clip club' }).id;
    return {
      channelIds: request.names.map((name) => emulator.addChannel({ guildId, name }).id),
      userId: emulator.addUser({ username: '_juno', globalName: 'Juno' }).id,
    };
  }
  const { channelId, userId: authorId, path } = request;
  const files = [{ filename: 'clip.mp4', path, contentType: 'video/mp4' }];
  const { id: messageId, attachments } = emulator.postMessage({ channelId, authorId, files });
  return { messageId, attachmentId: attachments[0]?.id ?? '' };
}
