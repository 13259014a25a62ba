// What the text of a setting may be. Each throws an Error that says what to write instead.

import { isSnowflake } from '../clip/snowflake.ts';

export const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export function someOf(text: string): string[] {
  const parts = list(text);
  if (parts.length === 0) throw new Error('name at least one, or leave it out');
  return parts;
}

export function snowflake(text: string): string {
  const isId: boolean = isSnowflake(text);
  if (!isId) throw new Error(`"${text}" is no channel id: 17 to 20 digits, comma-separated`);
  return text;
}

export function oneOf<T extends string>(names: readonly T[], text: string): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`"${text}" is none of ${names.join(', ')}`);
  return found;
}

export function url(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Error('write an address such as https://discord.com/api');
  }
  return text.replace(/\/+$/, '');
}

export const origin = (text: string): string => new URL(url(text)).origin;

export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text);
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] as 's'];
  const durationMs = Number(match?.[1]) * unitMs;
  if (!(durationMs > 0)) throw new Error('write a time such as 6h, 90m or 30s');
  return durationMs;
}

export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|B)?$/i.exec(text);
  const unit = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }[
    (match?.[2]?.toUpperCase() ?? 'B') as 'B'
  ];
  const number = Math.floor(Number(match?.[1]) * unit);
  if (!(number > 0)) throw new Error('write a size such as 512MB');
  return number;
}

export function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new Error('write a number above 0');
  return number;
}

export function hostAndPort(text: string): string {
  const match = /^([\w.-]+|\[[0-9a-f:]+\]):(\d+)$/i.exec(text);
  if (!match) throw new Error('write a host and a port such as 127.0.0.1:9464');
  port(match[2] ?? '');
  return text;
}

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65535) {
    throw new Error('write a port from 1 to 65535');
  }
  return number;
}
