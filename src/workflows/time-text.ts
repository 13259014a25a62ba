/** An ISO time to the second. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

const UNITS: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
];
/** A unit is used from this many of it, so that "90 s" does not become "2 min". */
const MIN_UNITS = 1.5;

/** A duration in one unit, such as "6 h" or "90 s". */
export function formatDuration(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= MIN_UNITS * size);
  return unit ? `${Math.round(ms / unit[1])} ${unit[0]}` : `${Math.round(ms / 1000)} s`;
}
