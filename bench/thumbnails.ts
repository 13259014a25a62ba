import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedMedia } from '../test/media/support/corpus.ts';
import { reportMiss } from './support/check-target.ts';
import { generateGameRecorderClips } from './support/game-recorder-clips.ts';
import { writeContactSheet } from './thumbnails/contact-sheet.ts';
import {
  COLUMNS,
  formatRow,
  measureFile,
  measureWay,
  sumRows,
  type Row,
} from './thumbnails/measure.ts';
import { startRangeServer } from './thumbnails/range-server.ts';
import { findMisses, findStoryboardMisses } from './thumbnails/targets.ts';
import type { Way } from './thumbnails/ways.ts';

/** Modules are loaded and compiled only once, and a worker lives for days, so the first thumbnails do not count. */
const WARM_UP: Way[] = [
  ...(['everclip', 'everclip', 'everclip', 'storyboard', 'storyboard', 'old', 'url'] as const),
];

/**
 * Measures what a thumbnail and a storyboard cost in bytes, requests, seconds and CPU time. The clips are generated
 * game-recorder clips of 10, 30 and 200 MB, plus all files of a folder. By default, this is the folder of shared real
 * clips. Compares our thumbnails with two other ways. The old way downloads the whole clip, then runs ffprobe and ffmpeg.
 * The third way gives the link to ffmpeg. The lower limit for the bytes read is the size of `moov` plus the size of the
 * first decoded frame, or of all frames of a storyboard. Exits with 1 if a game-recorder clip misses a target.
 *
 * `npm run bench -- thumbnails [DIR] [--json] [--contact-sheet out.png]`
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, 'contact-sheet': { type: 'string' } },
});
const generated = await generateGameRecorderClips();
const files = [...generated, ...listFiles(positionals[0] ?? null)];
const server = await startRangeServer(files);
const rig = { server, worker: fork(new URL('./thumbnails/ways.ts', import.meta.url)) };

for (const way of WARM_UP) await measureWay(rig, way, generated[0] ?? '');
print(COLUMNS);
const rows: Row[] = [];
const pictures: Buffer[] = [];
for (const path of files) {
  const { row, picture } = await measureFile(rig, path, generated.includes(path));
  rows.push(row);
  if (picture) pictures.push(picture);
  print(formatRow(row));
}
rig.worker.disconnect();
await server.stop();

const recorded = rows.filter((row) => row.generated);
const misses = [...recorded.flatMap(findMisses), ...recorded.flatMap(findStoryboardMisses)];
if (misses.length === 0) print('the generated clips meet all targets');
const sheet = values['contact-sheet'];
if (sheet !== undefined) await writeContactSheet(sheet, pictures);
console.log(JSON.stringify({ ...sumRows(rows), misses, files: rows }));
misses.forEach(reportMiss);

/**
 * Returns the files of the given folder, or else of the folder of shared real clips. Returns an empty list if no folder
 * is given and there are no shared clips.
 */
function listFiles(folder: string | null): string[] {
  const source = folder ?? (sharedMedia === null ? null : join(sharedMedia, 'real'));
  return source === null ? [] : readdirSync(source).map((name) => join(source, name));
}

/** Prints a line for people, unless only JSON is wanted. */
function print(line: string): void {
  if (!values.json) console.log(line);
}
