import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MediaPort } from '../../activities/ports.ts';
import { serviceFailed } from '../../errors.ts';
import { type MediaOptions, requestLimits } from '../create-media.ts';
import { fetchAvatar } from '../http/avatar.ts';
import {
  type Answer,
  fromFailureMessage,
  type Made,
  type MediaProcessSettings,
  type Order,
  type WorkOrder,
} from './messages.ts';

export interface IsolatedMediaOptions extends MediaOptions, MediaProcessSettings {
  /** The environment of the media process and of ffmpeg. The environment must not contain secrets. */
  environment: Record<string, string>;
  /**
   * Called if ffmpeg and ffprobe run without the sandbox.
   * @param isExpected true if the machine simply has no sandbox, as in most containers
   */
  onNoSandbox?: (reason: string, isExpected: boolean) => void;
}

interface Reports {
  onFallback: IsolatedMediaOptions['onFallback'];
  onNoSandbox: IsolatedMediaOptions['onNoSandbox'];
}

/** A running media process. */
type MediaProcess = Pick<MediaPort, 'thumbnail' | 'storyboard'>;

/** Work of the media process. */
interface Job {
  onProgress: () => void;
  resolve: (made: Made[keyof Made]) => void;
  reject: (error: Error) => void;
}

/**
 * The limit of the JavaScript heap in the media process. An index takes at most 8 MB, and a frame takes at most 16 MB.
 */
const MAX_HEAP_MB = 256;
const CHECK_INTERVAL_MS = 5000;
/** The media process reports progress every second. The process is killed after this many checks without a message. */
const MAX_SILENT_CHECKS = 3;

/**
 * Creates a media port whose thumbnails and storyboards are made in another process. If an untrusted file crashes or blocks a parser,
 * the worker goes on. A small process also starts ffmpeg faster. In a big process, starting a child blocks the event
 * loop for 15 to 100 ms (docs/performance.md).
 *
 * If the media process dies or stops responding, its work fails with ServiceFailed, and the next picture starts a new
 * process. The media process ends when this process ends, even if this process is killed.
 */
export function createIsolatedMedia(options: IsolatedMediaOptions): MediaPort {
  const { onFallback, onNoSandbox, environment, ...settings } = options;
  let mediaProcess: MediaProcess | null = null;
  const start = () => {
    const child = forkMediaProcess(settings, environment);
    const started = connectToMediaProcess(child, { onFallback, onNoSandbox }, () => {
      if (mediaProcess === started) mediaProcess = null;
    });
    return started;
  };
  return {
    thumbnail: (url, thumbnailOptions) =>
      (mediaProcess ??= start()).thumbnail(url, thumbnailOptions),
    storyboard: (url, storyboardOptions) =>
      (mediaProcess ??= start()).storyboard(url, storyboardOptions),
    avatar: (url, { signal }) => fetchAvatar(url, { ...requestLimits(settings), signal }),
  };
}

function connectToMediaProcess(
  child: ChildProcess,
  { onFallback, onNoSandbox }: Reports,
  onEnd: () => void,
): MediaProcess {
  const jobs = new Map<number, Job>();
  let nextId = 0;
  let silentChecks = 0;
  const send = (order: Order) => child.send(order, () => undefined);
  const end = (why: string) => {
    onEnd();
    clearInterval(timer);
    for (const { reject } of jobs.values())
      reject(serviceFailed(`the media process ${why}; the next attempt starts a new process`));
  };
  const timer = setInterval(() => {
    silentChecks = jobs.size === 0 ? 0 : silentChecks + 1;
    if (silentChecks <= MAX_SILENT_CHECKS) return;
    end('stopped responding');
    child.kill('SIGKILL');
  }, CHECK_INTERVAL_MS).unref();
  child
    .on('message', (answer: Answer) => {
      silentChecks = 0;
      if ('fallback' in answer) return onFallback?.(answer.fallback, answer.path);
      if ('noSandbox' in answer) return onNoSandbox?.(answer.noSandbox, answer.isExpected);
      const job = jobs.get(answer.id);
      if ('progress' in answer) job?.onProgress();
      else if ('made' in answer) job?.resolve(answer.made);
      else job?.reject(fromFailureMessage(answer.failure));
    })
    .on('error', () => end('could not be started'))
    .on('exit', () => end('exited'));

  /** Sends the order that `orderOf` returns, and waits for the answer. */
  async function work<K extends keyof Made>(
    { signal, onProgress }: { signal: AbortSignal; onProgress: () => void },
    orderOf: (id: number) => Extract<WorkOrder, { make: K }>,
  ): Promise<Made[K]> {
    signal.throwIfAborted();
    const id = nextId++;
    const stop = () => send({ id, stop: true });
    signal.addEventListener('abort', stop, { once: true });
    // The IPC channel keeps this process alive only while there is work.
    child.channel?.ref();
    try {
      return (await new Promise<Made[keyof Made]>((resolve, reject) => {
        jobs.set(id, { onProgress, resolve, reject });
        send(orderOf(id));
      })) as Made[K];
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', stop);
      jobs.delete(id);
      if (jobs.size === 0) child.channel?.unref();
    }
  }

  return {
    thumbnail: (url, { announced = {}, ...options }) =>
      work<'thumbnail'>(options, (id) => ({ id, make: 'thumbnail', url, announced })),
    storyboard: (url, options) =>
      work<'storyboard'>(options, (id) => ({ id, make: 'storyboard', url })),
  };
}

function forkMediaProcess(
  settings: MediaProcessSettings,
  env: Record<string, string>,
): ChildProcess {
  // The program of the media process is main.ts in a checkout and main.js in a build.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const path = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));
  const child = fork(path, [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Use structured clone, because JSON cannot carry bytes.
    serialization: 'advanced',
    // The heap limit is not in `execArgv`, because setting `execArgv` would drop this process's flags (`--import`).
    // Messages must not be translated, because they tell why the sandbox failed.
    env: { ...env, LC_ALL: 'C', NODE_OPTIONS: `--max-old-space-size=${MAX_HEAP_MB}` },
    // Use a separate process group, so that Ctrl-C reaches only this process. This process then lets running work
    // finish.
    detached: true,
  });
  child.unref();
  return child;
}
