import type { ReconcileProgress } from '../reconcile/store.ts';

/** The rate is measured over the last reports, because the first clips of a run may be up to date already. */
const MAX_SAMPLES = 15;

/**
 * Creates the function that turns progress into a line, such as `12,400 of about 100,000 clips, 1,240 a second, about
 * 71 s left`. Returns null if nothing changed. `now` returns milliseconds; tests replace it.
 */
export function createProgressLines(
  now: () => number = () => performance.now(),
): (progress: ReconcileProgress) => string | null {
  const samples: { atMs: number; done: number }[] = [];
  let last = '';
  return ({ done, total }) => {
    samples.push({ atMs: now(), done });
    if (samples.length > MAX_SAMPLES) samples.shift();
    const key = `${done} ${total}`;
    if (key === last) return null;
    last = key;
    if (total === null) return 'counting the clips in the bucket';
    const rate = rateOf(samples);
    const of = `${count(done)} of about ${count(total)} clips`;
    if (rate === null || done >= total) return of;
    const secondsLeft = Math.ceil((total - done) / rate);
    return `${of}, ${count(Math.round(rate))} a second, about ${inWords(secondsLeft)} left`;
  };
}

/** Returns clips per second, or null if nothing was done. */
function rateOf(samples: readonly { atMs: number; done: number }[]): number | null {
  const [first] = samples;
  const newest = samples.at(-1);
  if (!first || !newest || newest.atMs <= first.atMs || newest.done <= first.done) return null;
  return ((newest.done - first.done) * 1000) / (newest.atMs - first.atMs);
}

function inWords(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
