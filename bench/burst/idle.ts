import { watchLoopDelay } from './loop-delay.ts';

// A process that does nothing else: where its event loop is late, the machine is.

let end: (() => unknown) | null = null;
process.on('message', () => {
  if (end) process.send?.(end());
  else end = watchLoopDelay();
});
