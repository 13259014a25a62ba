import { applicationFailure } from '../errors.ts';
import type { Answer, Order } from './decode-apart.ts';
import { decodeFrame } from './decode-frame.ts';

// The process of decode-apart.ts.
const running = new Map<number, AbortController>();

process.on('message', (order: Order) => {
  if ('stop' in order) running.get(order.id)?.abort();
  else void decode(order).then((answer) => process.send?.(answer));
});

// Our parent is gone, killed perhaps: nobody wants what is under way.
process.on('disconnect', () => {
  for (const stop of running.values()) stop.abort();
  setTimeout(() => process.exit(), 1000).unref();
});

async function decode({ id, frame }: Extract<Order, { frame: unknown }>): Promise<Answer> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    return { id, outcome: await decodeFrame({ ...frame, signal: stop.signal }) };
  } catch (error) {
    if (stop.signal.aborted) return { id, stopped: true };
    return { id, failure: applicationFailure(error)?.message ?? String(error) };
  } finally {
    running.delete(id);
  }
}
