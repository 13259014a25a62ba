import { watchLoopDelay } from './loop-delay.ts';

// This process only measures its own event loop. If the event loop of an idle process is delayed, the machine is the
// cause.

let readDelay: (() => unknown) | null = null;
process.on('message', () => {
  if (readDelay) process.send?.(readDelay());
  else readDelay = watchLoopDelay();
});
