import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Width and height of the square that each picture gets. */
const CELL_PIXELS = 240;
const COLUMNS = 6;

/** Writes all pictures into one PNG file, in rows. */
export async function writeContactSheet(target: string, pictures: Buffer[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-sheet-'));
  try {
    const names = pictures.map((_, n) => join(folder, `${n}.webp`));
    await Promise.all(names.map((name, n) => writeFile(name, pictures[n] ?? '')));
    const fit = `scale=${CELL_PIXELS}:${CELL_PIXELS}:force_original_aspect_ratio=decrease,setsar=1,format=rgb24,`;
    const cell = `${fit}pad=${CELL_PIXELS}:${CELL_PIXELS}:(ow-iw)/2:(oh-ih)/2:gray`;
    const cells = names.map((_, n) => `[${n}:v]${cell}[c${n}]`).join(';');
    const labels = names.map((_, n) => `[c${n}]`).join('');
    const layout = names.map(
      (_, n) => `${(n % COLUMNS) * CELL_PIXELS}_${Math.floor(n / COLUMNS) * CELL_PIXELS}`,
    );
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
