import { monitorEventLoopDelay } from 'node:perf_hooks';
import { roundTo } from '../support/numbers.ts';

/** How long an event loop was delayed, in milliseconds. */
export interface LoopDelay {
  mean: number;
  p99: number;
  max: number;
}

/** Time between two samples. Every measured delay includes the time between two samples. */
const RESOLUTION_MS = 5;
const NANOSECONDS_PER_MS = 1e6;

/** Watches this process's event loop until the returned function is called. */
export function watchLoopDelay(): () => LoopDelay {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const toMs = (nanoseconds: number) => roundTo(1, nanoseconds / NANOSECONDS_PER_MS);
  return () => {
    delay.disable();
    return { mean: toMs(delay.mean), p99: toMs(delay.percentile(99)), max: toMs(delay.max) };
  };
}
