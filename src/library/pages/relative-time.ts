const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const MONTH_MS = 30.4375 * DAY_MS;
const YEAR_MS = 365.25 * DAY_MS;

/** Each unit is used up to the length of the next one. */
const UNITS = [
  [MINUTE_MS, 'min'],
  [HOUR_MS, 'h'],
  [DAY_MS, 'd'],
  [WEEK_MS, 'w'],
  [MONTH_MS, 'mo'],
  [YEAR_MS, 'y'],
] as const;

/** Returns how long ago a time was, such as `3 d`; `now` for less than a minute and for the future. */
export function relativeTime(timeMs: number, nowMs: number): string {
  const passedMs = nowMs - timeMs;
  // A record from outside may hold a number that is not a time.
  if (Number.isNaN(passedMs)) return '';
  const unit = UNITS.findLast(([lengthMs]) => passedMs >= lengthMs);
  if (unit === undefined) return 'now';
  const [lengthMs, name] = unit;
  return `${Math.floor(passedMs / lengthMs)} ${name}`;
}
