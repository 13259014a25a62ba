// Readers of fields of the bucket's objects. Anybody with access to the bucket can have written an object, so no field
// is trusted. An invalid field counts as missing.

import type { CatalogPicture } from '../catalog.ts';

/** The object as a map of unknown fields; empty if the value is not an object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** PostgreSQL refuses NUL in texts, and halves of characters in JSON. */
const REFUSED = /\0|\p{Cs}/gu;
const HIGH_HALF_AT_END = /[\ud800-\udbff]$/;

/** Returns the text without characters that PostgreSQL refuses, at most `max` UTF-16 code units, or null. */
export function textOf(value: unknown, max: number): string | null {
  if (typeof value !== 'string') return null;
  return value.slice(0, max).replace(HIGH_HALF_AT_END, '').replace(REFUSED, '');
}

/** Like `textOf`, but an empty text counts as missing. */
export function nonEmptyTextOf(value: unknown, max: number): string | null {
  return textOf(value, max) || null;
}

/** Returns the number if it is finite and not negative; otherwise null. */
export function quantityOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Returns the list if it has 1 to `max` numbers, none negative and each larger than the one before it; otherwise null. */
export function timesOf(value: unknown, max: number): number[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > max) return null;
  const times = value.map(quantityOf);
  const areInOrder = times.every(
    (time, n) => time !== null && (n === 0 || time > (times[n - 1] ?? 0)),
  );
  return areInOrder ? (times as number[]) : null;
}

/** 2100-01-01. A later time is invalid, because JavaScript's dates end at 8.64e15 milliseconds. */
const MAX_TIME_MS = Date.UTC(2100, 0, 1);

/** Reads epoch seconds. Returns epoch milliseconds, or null. */
export function timeMsOf(value: unknown): number | null {
  const seconds = quantityOf(value);
  if (seconds === null) return null;
  const timeMs = Math.round(seconds * 1000);
  return timeMs <= MAX_TIME_MS ? timeMs : null;
}

/** The hash of a picture's bytes, in hexadecimal digits. */
const HASH = /^[0-9a-f]{8,128}$/;

/** Returns a picture whose key matches `keys`, or null. An invalid hash counts as unknown. */
export function pictureOf(key: unknown, hash: unknown, keys: RegExp): CatalogPicture | null {
  if (typeof key !== 'string' || !keys.test(key)) return null;
  return { key, version: typeof hash === 'string' && HASH.test(hash) ? hash : null };
}

/** The ids of users, which compatible servers may shorten. */
export function userIdOf(value: unknown): string | null {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : null;
}
