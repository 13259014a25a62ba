// Parsers for the values of filters. Each parser returns null for a value that it does not understand.

const UNIT_SECONDS = { s: 1, m: 60, h: 3600 } as const;
/** No clip is longer than this many seconds. */
const MAX_SECONDS = 1e6;

const DATE = /^(20\d\d)(?:-(\d\d?)(?:-(\d\d?))?)?$/;

/** Returns seconds. Understands `30`, `45s`, `1m` and `2h`. */
export function parseSeconds(text: string): number | null {
  const [, digits = '', unit = 's'] = /^(\d{1,7})([smh])?$/i.exec(text.trim()) ?? [];
  if (digits === '') return null;
  const seconds = Number(digits) * UNIT_SECONDS[unit.toLowerCase() as keyof typeof UNIT_SECONDS];
  return seconds <= MAX_SECONDS ? seconds : null;
}

/**
 * Returns the start of a day, month or year in a time zone, epoch milliseconds. Understands `2024`, `2024-05` and
 * `2024-05-31`.
 */
export function parseDateMs(text: string, timeZone: string): number | null {
  const match = DATE.exec(text.trim());
  if (match === null) return null;
  const [, year = '', month = '1', day = '1'] = match;
  const utcMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(utcMs);
  // Date.UTC turns 31 February into 2 March.
  const isReal = date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
  return isReal ? startOfDayMs(utcMs, timeZone) : null;
}

/**
 * Returns the day, month or year after a day, month or year, in the same form. Returns null for a text that is not a date.
 */
export function dateAfter(text: string): string | null {
  const match = DATE.exec(text.trim());
  if (match === null) return null;
  const [, year = '', month, day] = match;
  if (month === undefined) return String(Number(year) + 1);
  const isDay = day !== undefined;
  const next = isDay
    ? Date.UTC(Number(year), Number(month) - 1, Number(day) + 1)
    : Date.UTC(Number(year), Number(month), 1);
  return new Date(next).toISOString().slice(0, isDay ? 'yyyy-mm-dd'.length : 'yyyy-mm'.length);
}

/** `utcMs` is midnight of the wanted day in UTC. The offset of the zone may differ before and after that time. */
function startOfDayMs(utcMs: number, timeZone: string): number {
  const guessMs = utcMs - offsetMs(utcMs, timeZone);
  const guessedOffsetMs = offsetMs(guessMs, timeZone);
  const startMs = utcMs - guessedOffsetMs;
  // Where clocks are put forward at midnight, the day has no midnight, and begins when the clocks change.
  return offsetMs(startMs, timeZone) === guessedOffsetMs ? startMs : Math.max(startMs, guessMs);
}

/** Returns by how much the clocks of a zone are ahead of UTC, in milliseconds. */
function offsetMs(timeMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const numbers: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(timeMs)) numbers[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = numbers;
  return Date.UTC(year, month - 1, day, hour, minute, second) - timeMs;
}
