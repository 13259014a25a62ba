import type { CatalogChannel, CatalogPoster } from '../../catalog/catalog.ts';
import { firstVisible } from '../../clip/plain.ts';
import { plainWithoutSecrets } from '../../errors.ts';
import { WORDS } from '../words.ts';

/**
 * Returns a text of a stranger, such as a title or a name, as one line without invisible characters and without the
 * signatures of quoted links. The page escapes the text, so Markdown and HTML stay as they are.
 */
export function lineOf(...texts: (string | null)[]): string {
  return plainWithoutSecrets(firstVisible(texts.filter((text) => text !== null)), {
    markup: 'kept',
  });
}

export function posterName({ displayName, username, id }: CatalogPoster): string {
  return lineOf(displayName, username, id);
}

/** Returns the channel's name; for a thread, the name of its parent comes first. */
export function channelName({ name, parentName }: CatalogChannel): string {
  if (name === null) return WORDS.unknownChannel;
  return parentName === null ? `#${lineOf(name)}` : `#${lineOf(parentName)} › ${lineOf(name)}`;
}

/** Creating a format takes longer than everything else on a card, and a library has one time zone. */
const formats = new Map<string, { date: Intl.DateTimeFormat; dateTime: Intl.DateTimeFormat }>();

function formatsOf(timeZone: string): { date: Intl.DateTimeFormat; dateTime: Intl.DateTimeFormat } {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const created = {
    date: new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone }),
    dateTime: new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone,
    }),
  };
  formats.set(timeZone, created);
  return created;
}

/** Returns a date and time such as `14 Oct 2024, 08:44`. */
export function dateTimeText(timeMs: number, timeZone: string): string {
  return formatTime(formatsOf(timeZone).dateTime, timeMs);
}

/** Returns a date such as `14 Oct 2024`. */
export function dateText(timeMs: number, timeZone: string): string {
  return formatTime(formatsOf(timeZone).date, timeMs);
}

/** A record from outside may hold a number that is not a time. */
function formatTime(format: Intl.DateTimeFormat, timeMs: number): string {
  return isTime(timeMs) ? format.format(timeMs) : '';
}

/** Returns the value of a `datetime` attribute; an empty text for a number that is not a time. */
export function isoTime(timeMs: number): string {
  return isTime(timeMs) ? new Date(timeMs).toISOString() : '';
}

function isTime(timeMs: number): boolean {
  return !Number.isNaN(new Date(timeMs).getTime());
}

/** Returns a duration such as `0:27` or `1:02:03`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? `${part}` : `${part}`.padStart(2, '0'))).join(':');
}

const MEGABYTE = 1e6;

export function sizeText(bytes: number): string {
  return bytes < MEGABYTE
    ? `${Math.ceil(bytes / 1000)} KB`
    : `${(bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0)} MB`;
}
