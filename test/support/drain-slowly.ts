// A program whose work in progress takes DRAIN_MS milliseconds.
import { setTimeout as pause } from 'node:timers/promises';
import { runUntilSignal } from '../../src/run-until-signal.ts';

await runUntilSignal(() => {
  const draining = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    draining.signal.addEventListener('abort', () => {
      void pause(Number(process.env.DRAIN_MS)).then(resolve);
    });
  });
  // A signal handler alone does not keep the process running.
  setInterval(() => undefined, 1000);
  console.log('running');
  return Promise.resolve({
    stopped,
    stop() {
      draining.abort();
    },
  });
});
