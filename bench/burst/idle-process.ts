import { watchLoopDelay } from './loop-delay.ts';

// A process that does nothing else. If its event loop is delayed, the machine is the cause.

let readDelay: (() => unknown) | null = null;
process.on('message', () => {
  if (readDelay) process.send?.(readDelay());
  else readDelay = watchLoopDelay();
});
