// Parsers for the text of a setting. Each parser throws an Error that says what is wrong and what to write instead.

import { isSnowflake } from '../clip/snowflake.ts';

/** Splits a comma-separated list. Empty items are ignored. */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function nonEmptyList(text: string): string[] {
  const parts = list(text);
  if (parts.length === 0)
    throw new Error('the list is empty: write at least one item, or remove the setting');
  return parts;
}

export function channelId(text: string): string {
  return snowflake(text, 'channel id');
}

export function guildId(text: string): string {
  return snowflake(text, 'server id');
}

function snowflake(text: string, what: string): string {
  const isId: boolean = isSnowflake(text);
  if (!isId) {
    throw new Error(
      `"${text}" is not a ${what}: write ids of 17 to 20 digits, separated by commas`,
    );
  }
  return text;
}

export function oneOf<T extends string>(names: readonly T[], text: string): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`"${text}" is invalid: choose from ${names.join(', ')}`);
  return found;
}

/** Returns an http(s) URL without slashes at its end. */
export function url(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Error('not an http(s) URL: write a URL such as https://discord.com/api');
  }
  return text.replace(/\/+$/, '');
}

export function origin(text: string): string {
  return new URL(url(text)).origin;
}

/**
 * Returns the URL of a PostgreSQL database. If the URL has no password, `password` is added. The message of the error never contains
 * the URL.
 */
export function databaseUrl(text: string, password: string | null): string {
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new Error(
      'not the URL of a PostgreSQL database: write a URL such as postgres://everclip@localhost:5432/everclip',
    );
  }
  if (password !== null && parsed.password === '') parsed.password = encodeURIComponent(password);
  return parsed.href;
}

/** Returns milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text);
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] as 's'];
  const durationMs = Number(match?.[1]) * unitMs;
  if (!(durationMs > 0)) throw new Error('not a duration: write a duration such as 6h, 90m or 30s');
  return durationMs;
}

/** Returns bytes. The units are powers of 1024. */
export function size(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|B)?$/i.exec(text);
  const unitBytes = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }[
    (match?.[2]?.toUpperCase() ?? 'B') as 'B'
  ];
  const bytes = Math.floor(Number(match?.[1]) * unitBytes);
  if (!(bytes > 0)) throw new Error('not a size: write a size such as 512MB');
  return bytes;
}

export function positiveNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) {
    throw new Error('not a positive number: write a number above 0');
  }
  return number;
}

export function hostAndPort(text: string): string {
  const match = /^([\w.-]+|\[[0-9a-f:]+\]):(\d+)$/i.exec(text);
  if (!match)
    throw new Error('not a host and port: write a host and a port, such as 127.0.0.1:9464');
  port(match[2] ?? '');
  return text;
}

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65535) {
    throw new Error('not a port: write a number from 1 to 65535');
  }
  return number;
}

export function yesOrNo(text: string): boolean {
  return oneOf(['yes', 'no'], text.toLowerCase()) === 'yes';
}

/** Returns the name of an IANA time zone. */
export function timeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new Error('not a time zone: write a name such as Europe/Berlin');
  }
}
