import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pictureFilter } from '../../../src/media/ffmpeg/filter.ts';

const run = promisify(execFile);
/** SSIM, from 0 to 1: above it two pictures show the same frame, coded another way. */
export const ALIKE = 0.95;
/** Less than a frame: edit lists are rounded one way by Mediabunny and another by ffmpeg. */
const NEARLY = 0.012;
/** As colours are compared, whatever they were coded in. */
const PLAIN = 'format=rgb24,format=yuv444p';

/** How alike a picture is to ffmpeg's own decode of the clip's frame at a moment. */
export async function likenessAt(
  clip: string,
  picture: string,
  atSeconds: number,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-likeness-'));
  try {
    const reference = join(folder, 'reference.png');
    await decodeAt(clip, reference, atSeconds);
    const compare = `[0]${PLAIN}[a];[1]${PLAIN}[b];[b][a]scale2ref[c][d];[d][c]ssim`;
    const args = ['-v', 'info', '-nostdin', '-i', picture, '-i', reference, '-lavfi', compare];
    return bestOf((await run('ffmpeg', [...args, '-f', 'null', '-'])).stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function decodeAt(clip: string, reference: string, atSeconds: number): Promise<void> {
  const probe = ['-v', 'error', '-select_streams', 'V:0', '-show_entries'];
  const entries = [...probe, 'stream=index,color_transfer', '-of', 'csv=p=0', clip];
  const [index = '0', transfer = ''] = (await run('ffprobe', entries)).stdout.trim().split(',');
  const hdr = transfer === 'smpte2084' ? 'pq' : transfer === 'arib-std-b67' ? 'hlg' : null;
  // How HDR is shown is our choice, so that its reference takes the same filters.
  const mapped = pictureFilter({ stream: Number(index), format: 'png', hdr, canToneMap: true });
  const own = `[0:${index}]scale=iw*sar:ih,setsar=1,scale='min(420,iw)':-1:flags=area[picture]`;
  const filter = hdr === null ? own : mapped;
  const later = filter.replace(
    /^\[0:\d+\]/,
    (input) => `${input}select='gte(t,${atSeconds - NEARLY})',`,
  );
  const grey = hdr === null ? [] : ['-map', '[grey]', '-f', 'null', '-'];
  await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y', '-copyts', '-i', clip, '-filter_complex', later],
    ...['-map', '[picture]', '-frames:v', '1', '-f', 'image2', '-update', '1', reference],
    ...grey,
  ]);
}

/**
 * How alike a picture is to that frame of a hostile clip that it is most alike to, among the first 50
 * that ffmpeg decodes; null where it decodes none.
 */
export async function likenessToAny(
  clip: string,
  picture: { path: string; width: number; height: number },
  demuxer: string,
): Promise<number | null> {
  const { path, width, height } = picture;
  const frames = `[0:V:0]settb=1/25,setpts=N,scale=${width}:${height},setsar=1,${PLAIN}`;
  // SSIM looks at blocks of 8 × 8.
  const large = 'scale=max(16\\,iw):max(16\\,ih):flags=neighbor';
  const compare = `${frames},${large}[a];[1]${PLAIN},setsar=1,${large}[b];[a][b]ssim=stats_file=-`;
  const tame = ['-protocol_whitelist', 'file', '-f', demuxer, '-max_pixels', '33423360'];
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', ...tame, '-i', `file:${clip}`, '-i', path],
      ...['-lavfi', compare, '-frames:v', '50', '-f', 'null', '-'],
    ],
    { timeout: 10_000, killSignal: 'SIGKILL' },
  ).catch((error: unknown) => ({ stdout: (error as { stdout?: string }).stdout ?? '' }));
  return stdout.includes('All:') ? bestOf(stdout) : null;
}

const bestOf = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/All:([\d.]+)/g)].map(([, number]) => Number(number)));
