import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileSource } from '../../src/media/bytes/source.ts';
import { keyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { roundTo } from '../support/numbers.ts';
import { describeStoryboard, type StoryboardCost } from './measure-storyboard.ts';
import type { RangeServer } from './range-server.ts';
import type { Job, JobResult, Way } from './ways.ts';

/** A server that counts what it sends, and a process that makes the thumbnails. */
export interface Rig {
  server: RangeServer;
  worker: ChildProcess;
}

/** The cost of the thumbnail of one file. */
export interface Row {
  file: string;
  /** True for a generated clip, false for a file of the given folder. */
  generated: boolean;
  bytes: number;
  /** The bytes of `moov` plus those of the first decoded frame; null if the clip cannot be read in parts. */
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
  /** 1 if the clip was downloaded whole, else 0. */
  fallbacks: number;
  /** Why the clip was downloaded whole. */
  fallback: string | null;
  error: string | null;
  storyboard: StoryboardCost;
}

/** Makes one thumbnail in the given way. */
export async function measureWay(
  { server, worker }: Rig,
  way: Way,
  path: string,
): Promise<JobResult & { bytes: number; requests: number }> {
  server.takeCounts();
  worker.send({ way, url: server.urlOf(path) } satisfies Job);
  const [result] = (await once(worker, 'message')) as [JobResult];
  return { ...result, ...server.takeCounts() };
}

/** Makes a file's thumbnail in all three ways. The returned picture is the thumbnail that our way made. */
export async function measureFile(
  rig: Rig,
  path: string,
  generated: boolean,
): Promise<{ row: Row; picture: Buffer | null }> {
  const limitBytes = await computeLimit(path);
  const ours = await measureWay(rig, 'everclip', path);
  const old = await measureWay(rig, 'old', path);
  const url = await measureWay(rig, 'url', path);
  const storyboard = await describeStoryboard(await measureWay(rig, 'storyboard', path), path);
  const row: Row = {
    file: basename(path),
    generated,
    bytes: ours.bytes,
    limitBytes,
    clipBytes: statSync(path).size,
    requests: ours.requests,
    wallSeconds: roundTo(3, ours.wallSeconds),
    cpuSeconds: roundTo(3, ours.cpuSeconds),
    oldBytes: old.bytes,
    oldWallSeconds: roundTo(3, old.wallSeconds),
    oldCpuSeconds: roundTo(3, old.cpuSeconds),
    urlBytes: url.bytes,
    urlCpuSeconds: roundTo(3, url.cpuSeconds),
    fallbacks: ours.fallback === null ? 0 : 1,
    fallback: ours.fallback,
    error: ours.error,
    storyboard,
  };
  return { row, picture: ours.picture === null ? null : Buffer.from(ours.picture, 'base64') };
}

async function computeLimit(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const clip = await openClip(await fileSource(file));
    const facts = await readFacts(clip);
    for await (const { frameBytes } of keyFrames(clip, facts))
      return clip.moov.bytes.length + frameBytes;
    return null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** Adds up the costs of all files. */
export function sumRows(rows: readonly Row[]) {
  type Figure =
    | 'bytes'
    | 'limitBytes'
    | 'clipBytes'
    | 'requests'
    | 'cpuSeconds'
    | 'oldCpuSeconds'
    | 'fallbacks';
  const sum = (figure: Figure) => rows.reduce((total, row) => total + (row[figure] ?? 0), 0);
  const sumStoryboards = (figure: 'bytes' | 'limitBytes' | 'requests' | 'cpuSeconds') =>
    rows.reduce((total, { storyboard }) => total + (storyboard[figure] ?? 0), 0);
  return {
    storyboards: rows.filter(({ storyboard }) => storyboard.frames > 0).length,
    storyboardBytes: sumStoryboards('bytes'),
    storyboardLimitBytes: sumStoryboards('limitBytes'),
    storyboardRequests: sumStoryboards('requests'),
    storyboardCpuSeconds: roundTo(3, sumStoryboards('cpuSeconds')),
    bytes: sum('bytes'),
    limitBytes: sum('limitBytes'),
    clipBytes: sum('clipBytes'),
    requests: sum('requests'),
    cpuSeconds: roundTo(3, sum('cpuSeconds')),
    oldCpuSeconds: roundTo(3, sum('oldCpuSeconds')),
    fallbacks: sum('fallbacks'),
  };
}

/** Explains the columns of `formatRow`. */
export const COLUMNS =
  'file: KB read (limit) of clip, requests, wall s, CPU s | old way: CPU s | ffmpeg on the link: KB, CPU s | storyboard: KB read (limit), requests, CPU s, frames, KB of the picture';

/** Formats a row as one line for people. */
export function formatRow(row: Row): string {
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)}`.padStart(7);
  return [
    `${row.file.padEnd(48)} ${kilobytes(row.bytes)} (${kilobytes(row.limitBytes ?? 0)})`,
    ` of ${kilobytes(row.clipBytes)} ${row.requests} ${row.wallSeconds.toFixed(2)}`,
    ` ${row.cpuSeconds.toFixed(2)} | ${row.oldCpuSeconds.toFixed(2)}`,
    ` | ${kilobytes(row.urlBytes)} ${row.urlCpuSeconds.toFixed(2)}`,
    ` | ${kilobytes(row.storyboard.bytes)} (${kilobytes(row.storyboard.limitBytes ?? 0)})`,
    ` ${row.storyboard.requests} ${row.storyboard.cpuSeconds.toFixed(2)} ${row.storyboard.frames}`,
    ` ${kilobytes(row.storyboard.pictureBytes)}`,
    ` ${row.fallback ?? ''} ${row.error ?? ''}`,
  ].join('');
}
