import { constants, getPriority, setPriority } from 'node:os';
import { createMedia } from '../create-media.ts';
import { SandboxKeeper } from '../ffmpeg/sandbox/keep-sandbox.ts';
import {
  type Answer,
  type MediaProcessSettings,
  type Order,
  toFailureMessage,
  type WorkOrder,
} from './messages.ts';

// The media process, which client.ts starts. Everything that parses untrusted bytes runs here.

// Run at a lower priority than the worker, because records and links matter more than pictures. If Everclip itself was
// started with nice(1), the priority may be even lower, and only root may raise it.
const { PRIORITY_BELOW_NORMAL } = constants.priority;
if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);
// Ignore these signals, because some supervisors signal all processes of a service at once. The worker ends this
// process after draining.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

/** How long running work may take to remove its files after the worker has died. */
const CLEANUP_MS = 1000;

const { sandbox, ...settings } = JSON.parse(process.argv[2] ?? '') as MediaProcessSettings;
/** Null if ffmpeg and ffprobe always run without a sandbox. */
const keeper = sandbox
  ? new SandboxKeeper({
      hiddenFiles: sandbox.hiddenFiles,
      programs: [settings.ffmpegPath, settings.ffprobePath],
      onNoSandbox: (noSandbox, isExpected) => send({ noSandbox, isExpected }),
    })
  : null;
// The first clip then waits less.
void keeper?.ready();
const media = createMedia({
  ...settings,
  onFallback: (fallback, path) => send({ fallback, path }),
});
/** The running work, keyed by the id of the message that requested the work. */
const running = new Map<number, AbortController>();

process.on('message', (order: Order) => {
  if ('stop' in order) running.get(order.id)?.abort();
  else void work(order).then(send);
});

// The worker has ended, or was killed.
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
  setTimeout(() => process.exit(), CLEANUP_MS).unref();
});

async function work(order: WorkOrder): Promise<Answer> {
  const { id, url } = order;
  const controller = new AbortController();
  running.set(id, controller);
  const options = {
    signal: controller.signal,
    onProgress: () => send({ id, progress: true }),
  };
  try {
    await keeper?.ready();
    const made =
      order.make === 'thumbnail'
        ? await media.thumbnail(url, { ...options, announced: order.announced })
        : await media.storyboard(url, options);
    return { id, made };
  } catch (error) {
    return { id, failure: toFailureMessage(error) };
  } finally {
    running.delete(id);
  }
}

function send(answer: Answer): void {
  process.send?.(answer, () => undefined);
}
