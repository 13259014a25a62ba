/** Formats a time as an ISO time without fractions of a second. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

const UNITS: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
];
/**
 * A unit is used only if the duration is at least this many units long, so that "80 s" does not become "1 min".
 */
const MIN_UNITS = 1.5;

/** Formats a duration in one unit, such as "6 h" or "80 s". */
export function formatDuration(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= MIN_UNITS * size);
  return unit ? `${Math.round(ms / unit[1])} ${unit[0]}` : `${Math.round(ms / 1000)} s`;
}
