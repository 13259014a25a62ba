import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileSource } from '../../src/media/bytes/source.ts';
import { keyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import type { RangeServer } from './range-server.ts';
import type { Job, Way, Work } from './ways.ts';

/** A server that counts, and a process that does the work. */
export interface Rig {
  server: RangeServer;
  worker: ChildProcess;
}

/** What one file costs. */
export interface Row {
  file: string;
  generated: boolean;
  bytes: number;
  /** Null where the clip isn't read in parts. */
  limitBytes: number | null;
  clipBytes: number;
  requests: number;
  wallSeconds: number;
  cpuSeconds: number;
  oldBytes: number;
  oldWallSeconds: number;
  oldCpuSeconds: number;
  urlBytes: number;
  urlCpuSeconds: number;
  /** 1 where the clip was downloaded whole, and why. */
  fallbacks: number;
  fallback: string | null;
  error: string | null;
}

/** Lets the worker make one thumbnail in one way. */
export async function measureWay(
  { server, worker }: Rig,
  way: Way,
  path: string,
): Promise<Work & { bytes: number; requests: number }> {
  server.written();
  worker.send({ way, url: server.addressOf(path) } satisfies Job);
  const [work] = (await once(worker, 'message')) as [Work];
  return { ...work, ...server.written() };
}

/** Makes a file's thumbnail in all three ways; the picture is Everclip's. */
export async function measureFile(
  rig: Rig,
  path: string,
  generated: boolean,
): Promise<{ row: Row; picture: Buffer | null }> {
  const limitBytes = await limitOf(path);
  const made = await measureWay(rig, 'everclip', path);
  const old = await measureWay(rig, 'old', path);
  const url = await measureWay(rig, 'url', path);
  const row: Row = {
    ...{ file: basename(path), generated, bytes: made.bytes, limitBytes },
    ...{ clipBytes: statSync(path).size, requests: made.requests },
    ...{ wallSeconds: rounded(made.wallSeconds), cpuSeconds: rounded(made.cpuSeconds) },
    ...{ oldBytes: old.bytes, oldWallSeconds: rounded(old.wallSeconds) },
    oldCpuSeconds: rounded(old.cpuSeconds),
    ...{ urlBytes: url.bytes, urlCpuSeconds: rounded(url.cpuSeconds) },
    ...{ fallbacks: made.fallback === null ? 0 : 1, fallback: made.fallback, error: made.error },
  };
  return { row, picture: made.picture === null ? null : Buffer.from(made.picture, 'base64') };
}

/** The size of `moov` and of the frame that is looked at first. */
async function limitOf(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const clip = await openClip(await fileSource(file));
    const { durationSeconds } = await readFacts(clip);
    for await (const { frameBytes } of keyFrames(clip, durationSeconds))
      return clip.moov.bytes.length + frameBytes;
    return null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** Of all files. */
export function totalsOf(rows: readonly Row[]) {
  const sum = (key: 'bytes' | 'limitBytes' | 'clipBytes' | 'requests' | 'fallbacks') =>
    rows.reduce((total, row) => total + (row[key] ?? 0), 0);
  const seconds = (key: 'cpuSeconds' | 'oldCpuSeconds') =>
    rounded(rows.reduce((total, row) => total + row[key], 0));
  return {
    ...{ bytes: sum('bytes'), limitBytes: sum('limitBytes'), clipBytes: sum('clipBytes') },
    ...{ requests: sum('requests'), cpuSeconds: seconds('cpuSeconds') },
    ...{ oldCpuSeconds: seconds('oldCpuSeconds'), fallbacks: sum('fallbacks') },
  };
}

/** A row for a person to read. */
export function lineOf(row: Row): string {
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)}`.padStart(7);
  return [
    `${row.file.padEnd(48)} ${kilobytes(row.bytes)} (${kilobytes(row.limitBytes ?? 0)})`,
    ` of ${kilobytes(row.clipBytes)} ${row.requests} ${row.wallSeconds.toFixed(2)}`,
    ` ${row.cpuSeconds.toFixed(2)} | ${row.oldCpuSeconds.toFixed(2)}`,
    ` | ${kilobytes(row.urlBytes)} ${row.urlCpuSeconds.toFixed(2)}`,
    ` ${row.fallback ?? ''} ${row.error ?? ''}`,
  ].join('');
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
