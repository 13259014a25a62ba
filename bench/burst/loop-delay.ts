import { monitorEventLoopDelay } from 'node:perf_hooks';

/** For how long an event loop was held up, milliseconds. */
export interface LoopDelay {
  mean: number;
  p99: number;
  max: number;
}

/** The figures hold it: each is of the time between two looks. */
const RESOLUTION_MS = 5;

/** Watches this process's event loop until the function that is returned is called. */
export function watchLoopDelay(): () => LoopDelay {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return () => {
    delay.disable();
    const [mean, p99, max] = [delay.mean, delay.percentile(99), delay.max].map(
      (nanoseconds) => Math.round(nanoseconds / 1e5) / 10,
    ) as [number, number, number];
    return { mean, p99, max };
  };
}
