import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Guard } from '../stack/guard.ts';
import type {
  CreatedChannels,
  CreatedMessage,
  DiscordCounts,
  DiscordMessage,
  DiscordRequest,
} from './discord-process.ts';
import { TYPESCRIPT_FLAGS } from '../../../scripts/typescript/flags.mjs';

/** A Discord emulator in a process of its own. After a restart it has the same world and the same addresses. */
export interface DiscordProcess {
  readonly apiUrl: string;
  readonly cdnOrigin: string;
  readonly token: string;
  start(): Promise<void>;
  /** Kills the process with -9. */
  kill(): Promise<void>;
  createChannels(names: readonly string[]): Promise<CreatedChannels>;
  post(message: { channelId: string; userId: string; path: string }): Promise<CreatedMessage>;
  /** The requests to all processes so far. A kill loses the requests of the last 100 ms. */
  counts(): DiscordCounts;
}

const MAIN = fileURLToPath(new URL('discord-process.ts', import.meta.url));

/** Prepares an emulator whose world is in `folder`. */
export function createDiscordProcess({
  folder,
  leaseSeconds,
  guard,
}: {
  folder: string;
  leaseSeconds: number;
  guard: Guard;
}): DiscordProcess {
  let child: ChildProcess | null = null;
  let addresses = { apiUrl: '', cdnOrigin: '', token: '' };
  let lastId = 0;
  const before: DiscordCounts = { messageFetches: 0, rest: 0, cdn: 0 };
  let latest: DiscordCounts = { messageFetches: 0, rest: 0, cdn: 0 };

  async function ask(request: DiscordRequest): Promise<unknown> {
    const asked = child;
    if (asked === null) throw new Error('the Discord emulator is not running');
    return await new Promise((resolve, reject) => {
      const onMessage = (message: DiscordMessage): void => {
        if (message.kind !== 'reply' || message.id !== request.id) return;
        stopListening();
        resolve(message.value);
      };
      const onExit = (): void => {
        stopListening();
        reject(new Error('the Discord emulator ended'));
      };
      const stopListening = (): void => {
        asked.off('message', onMessage);
        asked.off('exit', onExit);
      };
      asked.on('message', onMessage);
      asked.on('exit', onExit);
      asked.send(request);
    });
  }

  return {
    get apiUrl() {
      return addresses.apiUrl;
    },
    get cdnOrigin() {
      return addresses.cdnOrigin;
    },
    get token() {
      return addresses.token;
    },
    async start() {
      const started = fork(MAIN, [folder, String(leaseSeconds)], {
        execArgv: TYPESCRIPT_FLAGS,
        // The guard kills process groups.
        detached: true,
      });
      child = started;
      if (started.pid !== undefined) guard.watch(started.pid);
      await new Promise<void>((resolve, reject) => {
        started.on('message', (message: DiscordMessage) => {
          if (message.kind === 'counts') latest = message.counts;
          if (message.kind !== 'ready') return;
          addresses = message;
          resolve();
        });
        started.once('exit', (code) => {
          reject(new Error(`the Discord emulator ended (${code})`));
        });
      });
    },
    async kill() {
      if (child === null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      if (child.pid !== undefined) guard.forget(child.pid);
      child = null;
      for (const name of ['messageFetches', 'rest', 'cdn'] as const) before[name] += latest[name];
      latest = { messageFetches: 0, rest: 0, cdn: 0 };
    },
    createChannels: async (names) =>
      (await ask({ id: ++lastId, do: 'createChannels', names })) as CreatedChannels,
    post: async (message) =>
      (await ask({ id: ++lastId, do: 'post', ...message })) as CreatedMessage,
    counts: () => ({
      messageFetches: before.messageFetches + latest.messageFetches,
      rest: before.rest + latest.rest,
      cdn: before.cdn + latest.cdn,
    }),
  };
}
