import { parseDateMs } from './values.ts';

/** Discord opened in this year, and its ids begin with it. */
const FIRST_YEAR = 2015;
const DAY_MS = 864e5;

/** A day of an earlier year. Times are epoch milliseconds; `toMs` is exclusive. */
export interface EarlierDay {
  yearsAgo: number;
  fromMs: number;
  toMs: number;
}

/** Returns the date in a time zone, such as `2025-05-01`. */
export function dayOf(timeMs: number, timeZone: string): string {
  // The format of Canada is that of ISO 8601.
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(timeMs);
}

/** Returns the same day of all earlier years, the latest first. Only leap years have a 29 February. */
export function earlierDays(day: string, timeZone: string): EarlierDay[] {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const days: EarlierDay[] = [];
  for (let earlier = year - 1; earlier >= FIRST_YEAR; earlier--) {
    const fromMs = parseDateMs(`${earlier}-${month}-${date}`, timeZone);
    const tomorrow = new Date(Date.UTC(earlier, month - 1, date) + DAY_MS).toISOString();
    const toMs = parseDateMs(tomorrow.slice(0, 10), timeZone);
    if (fromMs !== null && toMs !== null) days.push({ yearsAgo: year - earlier, fromMs, toMs });
  }
  return days;
}
