import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MediaPort } from '../../activities/ports.ts';
import { serviceFailed } from '../../errors.ts';
import { fetchAvatar } from '../http/avatar.ts';
import { IDLE_MS, type MediaOptions, type MediaSettings } from '../create-media.ts';
import { type FailureMessage, fromMessage } from './messages.ts';
import type { FallbackReason } from '../fallback.ts';
import type { Made } from '../mp4/thumbnail.ts';

/** What the process is told: to make a thumbnail, or to give one up. */
export type Order = { id: number; url: string } | { id: number; stop: true };

/** What it tells. A job that was given up fails like any other, once its children are dead. */
export type Answer =
  | { id: number; progress: true }
  | { id: number; made: Made }
  | { id: number; failure: FailureMessage }
  | { fallback: FallbackReason; path: string };

export interface MediaApartOptions extends MediaOptions {
  /** Of that process and of ffmpeg: no secret belongs there. */
  environment: Record<string, string>;
}

interface Job {
  onProgress: () => void;
  resolve: (made: Made) => void;
  reject: (error: Error) => void;
}

/** JavaScript's own memory in that process, megabytes: an index has 8 MB at most, a frame 16. */
const HEAP_MEGABYTES = 256;
/** A job tells every second that it lives; a process that is silent for three of these stands still. */
const LOOK_EVERY_MS = 5000;
const SILENT_LOOKS = 3;

/**
 * As `createMedia`, but thumbnails are made by a process of their own that lives as long as this one: what
 * strangers' bytes can do to a parser or a decoder, to the event loop and to the memory, they do there.
 * Starting ffmpeg, too, holds up a big process for 15 to 100 ms (docs/performance.md).
 *
 * Where that process dies or stands still its jobs fail with ServiceFailed, and the next one gets a new
 * process. It ends with this one, even where this one is killed.
 */
export function createMediaApart(options: MediaApartOptions): MediaPort {
  const { onFallback, environment, ...settings } = options;
  let worker: MediaWorker | null = null;
  const start = () => {
    const started = startWorker(forkWorker(settings, environment), onFallback, () => {
      if (worker === started) worker = null;
    });
    return started;
  };
  const { mediaHosts, idleMs = IDLE_MS } = settings;
  return {
    thumbnail: (url, how) => (worker ??= start()).thumbnail(url, how),
    avatar: (url, { signal }) => fetchAvatar(url, { mediaHosts, idleMs, signal }),
  };
}

type MediaWorker = Pick<MediaPort, 'thumbnail'>;

function startWorker(
  child: ChildProcess,
  onFallback: MediaOptions['onFallback'],
  onEnd: () => void,
): MediaWorker {
  const jobs = new Map<number, Job>();
  let ids = 0;
  let silentLooks = 0;
  const send = (order: Order) => child.send(order, () => undefined);
  const end = (why: string) => {
    onEnd();
    clearInterval(watch);
    for (const { reject } of jobs.values()) reject(serviceFailed(why));
  };
  const watch = setInterval(() => {
    silentLooks = jobs.size === 0 ? 0 : silentLooks + 1;
    if (silentLooks <= SILENT_LOOKS) return;
    end('the media process stood still');
    child.kill('SIGKILL');
  }, LOOK_EVERY_MS).unref();
  child
    .on('message', (answer: Answer) => {
      silentLooks = 0;
      if ('fallback' in answer) return onFallback?.(answer.fallback, answer.path);
      const job = jobs.get(answer.id);
      if ('progress' in answer) job?.onProgress();
      else if ('made' in answer) job?.resolve(answer.made);
      else job?.reject(fromMessage(answer.failure));
    })
    .on('error', () => end('the media process cannot be started'))
    .on('exit', () => end('the media process ended'));

  return {
    async thumbnail(url, { signal, onProgress }) {
      signal.throwIfAborted();
      const id = ids++;
      const stop = () => send({ id, stop: true });
      signal.addEventListener('abort', stop, { once: true });
      // While there is work it keeps us alive, and then no longer.
      child.channel?.ref();
      try {
        return await new Promise<Made>((resolve, reject) => {
          jobs.set(id, { onProgress, resolve, reject });
          send({ id, url });
        });
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        signal.removeEventListener('abort', stop);
        jobs.delete(id);
        if (jobs.size === 0) child.channel?.unref();
      }
    },
  };
}

function forkWorker(settings: MediaSettings, env: Record<string, string>): ChildProcess {
  // Compiled or not: the same name with the ending that this file has.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const path = fileURLToPath(new URL(`./main.${ending}`, import.meta.url));
  const child = fork(path, [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Bytes as bytes.
    serialization: 'advanced',
    // Not as an argument: those are left to fork, which knows which of ours (`--eval`) aren't for a child.
    env: { ...env, NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}` },
    // A group of its own: Ctrl-C in a terminal is for us, who let what is under way finish.
    detached: true,
  });
  child.unref();
  return child;
}
