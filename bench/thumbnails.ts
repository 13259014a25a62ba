import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedMedia } from '../test/media/support/corpus.ts';
import { writeContactSheet } from './thumbnails/contact-sheet.ts';
import { gameRecorderClips } from './thumbnails/game-recorder-clips.ts';
import { lineOf, measureFile, measureWay, type Row, totalsOf } from './thumbnails/measure.ts';
import { startRangeServer } from './thumbnails/range-server.ts';
import { missesOf } from './thumbnails/targets.ts';

/**
 * What a thumbnail costs: bytes, requests, seconds and CPU, for every file of a folder (by default the
 * shared real ones) and for game-recorder clips of 10, 30 and 200 MB. Beside it the old way (download
 * whole, ffprobe, ffmpeg), ffmpeg on the link, and the limit: `moov` and the frame that is looked at first.
 * Exits with 1 where a game-recorder clip misses a target.
 *
 * `npm run bench -- thumbnails [DIR] [--json] [--contact-sheet out.png]`
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, 'contact-sheet': { type: 'string' } },
  });
  const say = (line: string): void => {
    if (!values.json) console.log(line);
  };
  const generated = await gameRecorderClips();
  const folder = positionals[0] ?? (sharedMedia === null ? null : join(sharedMedia, 'real'));
  const given = folder === null ? [] : readdirSync(folder).map((name) => join(folder, name));
  const server = await startRangeServer([...generated, ...given]);
  const rig = { server, worker: fork(new URL('./thumbnails/ways.ts', import.meta.url)) };

  // Modules are loaded and compiled once; a worker lives for days.
  for (const way of ['everclip', 'everclip', 'everclip', 'old', 'url'] as const)
    await measureWay(rig, way, generated[0] ?? '');
  say(
    'file: KB read (limit) of clip, requests, wall s, CPU s | old: CPU s | on the link: KB, CPU s',
  );
  const rows: Row[] = [];
  const pictures: Buffer[] = [];
  for (const path of [...generated, ...given]) {
    const { row, picture } = await measureFile(rig, path, generated.includes(path));
    rows.push(row);
    if (picture) pictures.push(picture);
    say(lineOf(row));
  }
  rig.worker.disconnect();
  server.stop();

  const misses = rows.filter((row) => row.generated).flatMap(missesOf);
  say(misses.length === 0 ? 'all targets met over the generated clips' : misses.join('\n'));
  const sheet = values['contact-sheet'];
  if (sheet !== undefined) await writeContactSheet(sheet, pictures);
  console.log(JSON.stringify({ ...totalsOf(rows), misses, files: rows }));
  if (misses.length > 0) process.exitCode = 1;
}

await main();
