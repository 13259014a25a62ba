import { constants, setPriority } from 'node:os';
import { createMedia, type MediaSettings } from '../create-media.ts';
import { toMessage } from './messages.ts';
import type { Answer, Order } from './client.ts';

// The process of media-apart.ts: all that is done with strangers' bytes, and ffmpeg's parent.

// Records and links get the processors first: nothing waits for a picture.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// Our parent ends us when it has drained; some supervisors signal all processes of a service at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

const answer = (message: Answer) => void process.send?.(message, () => undefined);
const media = createMedia({
  ...(JSON.parse(process.argv[2] ?? '') as MediaSettings),
  onFallback: (fallback, path) => answer({ fallback, path }),
});
const running = new Map<number, AbortController>();

process.on('message', (order: Order) => {
  if ('stop' in order) running.get(order.id)?.abort();
  else void work(order).then(answer);
});

// Our parent is gone, killed perhaps: nobody wants what is under way.
process.on('disconnect', () => {
  for (const stop of running.values()) stop.abort();
  setTimeout(() => process.exit(), 1000).unref();
});

async function work({ id, url }: Extract<Order, { url: string }>): Promise<Answer> {
  const stop = new AbortController();
  running.set(id, stop);
  const onProgress = () => answer({ id, progress: true });
  try {
    return { id, made: await media.thumbnail(url, { signal: stop.signal, onProgress }) };
  } catch (error) {
    return { id, failure: toMessage(error) };
  } finally {
    running.delete(id);
  }
}
