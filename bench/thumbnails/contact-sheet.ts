import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CELL = 240;
const COLUMNS = 6;

/** Writes pictures side by side into one PNG, each within a square. */
export async function writeContactSheet(target: string, pictures: Buffer[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-sheet-'));
  try {
    const names = pictures.map((_, n) => join(folder, `${n}.webp`));
    await Promise.all(names.map((name, n) => writeFile(name, pictures[n] ?? '')));
    const fit = `scale=${CELL}:${CELL}:force_original_aspect_ratio=decrease,setsar=1,format=rgb24,`;
    const cell = `${fit}pad=${CELL}:${CELL}:(ow-iw)/2:(oh-ih)/2:gray`;
    const cells = names.map((_, n) => `[${n}:v]${cell}[c${n}]`).join(';');
    const labels = names.map((_, n) => `[c${n}]`).join('');
    const layout = names.map((_, n) => `${(n % COLUMNS) * CELL}_${Math.floor(n / COLUMNS) * CELL}`);
    const stack =
      names.length > 1
        ? `${labels}xstack=inputs=${names.length}:layout=${layout.join('|')}:fill=gray[sheet]`
        : `${labels}null[sheet]`;
    const inputs = names.flatMap((name) => ['-i', name]);
    await run('ffmpeg', [
      ...['-v', 'error', '-nostdin', '-y', ...inputs, '-filter_complex', `${cells};${stack}`],
      ...['-map', '[sheet]', '-frames:v', '1', '-f', 'image2', '-update', '1', target],
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
