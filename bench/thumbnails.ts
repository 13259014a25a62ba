// `npm run bench -- thumbnails [DIR] [--json] [--contact-sheet out.png]`: what a thumbnail costs, in bytes, requests,
// seconds and CPU, for every file of DIR and for game-recorder clips of 10, 30 and 200 MB, beside the old way.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileSource } from '../src/media/file-source.ts';
import { keyFrames } from '../src/media/key-frames.ts';
import { openClip } from '../src/media/open-clip.ts';
import { sparseFacts } from '../src/media/sparse-facts.ts';
import { sharedMedia } from '../test/media/corpus.ts';
import { writeContactSheet } from './contact-sheet.ts';
import { startRangeServer } from './range-server.ts';
import { gameRecorderClips } from './thumbnail-clips.ts';
import type { Job, Way, Work } from './thumbnails-ways.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, 'contact-sheet': { type: 'string' } },
});
const say = (line: string): void => {
  if (!values.json) console.log(line);
};
const folder = positionals[0] ?? (sharedMedia === null ? null : join(sharedMedia, 'real'));
const generated = await gameRecorderClips();
const paths = [
  ...generated,
  ...(folder === null ? [] : readdirSync(folder).map((name) => join(folder, name))),
];
const server = await startRangeServer(paths);
const worker = fork(new URL('./thumbnails-ways.ts', import.meta.url));

interface Row {
  file: string;
  generated: boolean;
  bytes: number;
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
  fallbacks: number;
  fallback: string | null;
  error: string | null;
}

/** The limit: the size of moov plus the first candidate's frame. Null where the clip can't be read so. */
async function limitOf(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const clip = await openClip(await fileSource(file));
    const { durationSeconds } = await sparseFacts(clip);
    for await (const { frameBytes } of keyFrames(clip, durationSeconds))
      return clip.scanned.moov.length + frameBytes;
    return null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

async function measure(
  way: Way,
  path: string,
): Promise<Work & { bytes: number; requests: number }> {
  server.written();
  worker.send({ way, url: server.addressOf(path) } satisfies Job);
  const [work] = (await once(worker, 'message')) as [Work];
  return { ...work, ...server.written() };
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)}`.padStart(7);
const rows: Row[] = [];
const pictures: Buffer[] = [];
// Modules are loaded and compiled once; a worker lives for days.
for (const way of ['everclip', 'everclip', 'everclip', 'old', 'url'] as const)
  await measure(way, generated[0] ?? '');
say(
  'file: KB read (limit) of clip, requests, wall s, CPU s | old: CPU s | ffmpeg on the URL: KB, CPU s',
);
for (const path of paths) {
  const limitBytes = await limitOf(path);
  const made = await measure('everclip', path);
  const old = await measure('old', path);
  const url = await measure('url', path);
  const row: Row = {
    ...{ file: basename(path), generated: generated.includes(path) },
    ...{ bytes: made.bytes, limitBytes, clipBytes: statSync(path).size, requests: made.requests },
    ...{ wallSeconds: round(made.wallSeconds), cpuSeconds: round(made.cpuSeconds) },
    ...{ oldBytes: old.bytes, oldWallSeconds: round(old.wallSeconds) },
    oldCpuSeconds: round(old.cpuSeconds),
    ...{ urlBytes: url.bytes, urlCpuSeconds: round(url.cpuSeconds) },
    ...{ fallbacks: made.fallback === null ? 0 : 1, fallback: made.fallback, error: made.error },
  };
  rows.push(row);
  if (made.picture !== null) pictures.push(Buffer.from(made.picture, 'base64'));
  say(
    `${row.file.padEnd(48)} ${kilobytes(row.bytes)} (${kilobytes(limitBytes ?? 0)}) of ${kilobytes(row.clipBytes)}` +
      ` ${row.requests} ${row.wallSeconds.toFixed(2)} ${row.cpuSeconds.toFixed(2)} | ${row.oldCpuSeconds.toFixed(2)}` +
      ` | ${kilobytes(row.urlBytes)} ${row.urlCpuSeconds.toFixed(2)} ${row.fallback ?? ''} ${row.error ?? ''}`,
  );
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

const sum = (
  key: 'bytes' | 'clipBytes' | 'requests' | 'cpuSeconds' | 'oldCpuSeconds' | 'fallbacks',
) => round(rows.reduce((total, row) => total + row[key], 0));

const misses: string[] = [];
for (const row of rows.filter((one) => one.generated)) {
  const most = 1.3 * (row.limitBytes ?? 0) + 65_536;
  if (row.bytes > most) misses.push(`${row.file}: ${row.bytes} bytes, more than ${most}`);
  if (row.requests > 4) misses.push(`${row.file}: ${row.requests} requests`);
  if (row.cpuSeconds > 0.6 * row.oldCpuSeconds)
    misses.push(`${row.file}: CPU ${row.cpuSeconds} s, more than 0.6 of ${row.oldCpuSeconds} s`);
  if (row.file.includes('30MB') && row.bytes > 0.02 * row.oldBytes)
    misses.push(`${row.file}: more than 2 % of the old way's bytes`);
}
say(
  misses.length === 0 ? 'all targets met over the generated clips' : `MISSED\n${misses.join('\n')}`,
);

const sheet = values['contact-sheet'];
if (sheet !== undefined) {
  await writeContactSheet(sheet, pictures);
  say(`contact sheet: ${sheet}`);
}
worker.disconnect();
server.stop();
console.log(
  JSON.stringify({
    ...{
      bytes: sum('bytes'),
      limitBytes: rows.reduce((total, row) => total + (row.limitBytes ?? 0), 0),
    },
    ...{ clipBytes: sum('clipBytes'), requests: sum('requests'), cpuSeconds: sum('cpuSeconds') },
    ...{ oldCpuSeconds: sum('oldCpuSeconds'), fallbacks: sum('fallbacks'), misses, files: rows },
  }),
);
