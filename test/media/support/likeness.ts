import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pictureFilter } from '../../../src/media/ffmpeg/filter.ts';
import { MAX_PIXELS } from '../../../src/media/ffmpeg/limits.ts';
import type { HdrTransfer } from '../../../src/media/video/colours.ts';

const run = promisify(execFile);
/** If two pictures have a higher SSIM (0 to 1) than this, they show the same frame in different encodings. */
export const MIN_LIKENESS = 0.95;
/**
 * This tolerance is needed because Mediabunny and ffmpeg round edit lists differently. It is shorter than one frame.
 */
const ROUNDING_SECONDS = 0.012;
/** Removes differences that come only from how the colours are stored. */
const SAME_COLOURS = 'format=rgb24,format=yuv444p';
const HDR_TRANSFERS: Record<string, HdrTransfer> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' };
const TIMEOUT_MS = 10_000;

/** Returns the SSIM between a picture and the frame that ffmpeg decodes at `atSeconds` of the clip. */
export async function likenessAt(
  clip: string,
  picture: string,
  atSeconds: number,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-likeness-'));
  try {
    const reference = join(folder, 'reference.png');
    await decodeAt(clip, reference, atSeconds);
    const compare = `[0]${SAME_COLOURS}[a];[1]${SAME_COLOURS}[b];[b][a]scale2ref[c][d];[d][c]ssim`;
    const args = ['-v', 'info', '-nostdin', '-i', picture, '-i', reference, '-lavfi', compare];
    return bestSsim((await run('ffmpeg', [...args, '-f', 'null', '-'])).stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function decodeAt(clip: string, reference: string, atSeconds: number): Promise<void> {
  const probe = ['-v', 'error', '-select_streams', 'V:0', '-show_entries'];
  const names = 'stream=index,width,height,color_space,color_transfer';
  const entries = [...probe, names, '-of', 'csv=p=0', clip];
  const { stdout } = await run('ffprobe', entries);
  const [index = '0', width, height, matrix, transfer = ''] = stdout.trim().split(',');
  const hdr = HDR_TRANSFERS[transfer] ?? null;
  // Players interpret HD video without a colour matrix as BT.709, but ffmpeg interprets it as BT.601.
  const isHd = Number(width) >= 1280 || Number(height) > 576;
  const input = isHd && matrix === 'unknown' ? 'setparams=colorspace=bt709,' : '';
  // How HDR looks is our choice, so the reference picture of an HDR clip is made with our filter. Other reference
  // pictures are made with the test's own filter.
  const filter =
    hdr === null
      ? `[0:${index}]${input}scale=iw*sar:ih,setsar=1,scale='min(640,iw)':-1:flags=area[picture]`
      : pictureFilter({
          stream: Number(index),
          format: 'png',
          colours: { hdr, assumesBt709: false },
          canToneMap: true,
        });
  const later = filter.replace(
    /^\[0:\d+\]/,
    (start) => `${start}select='gte(t,${atSeconds - ROUNDING_SECONDS})',`,
  );
  const ends = ['-frames:v', '1', '-f', 'null', '-'];
  const others = hdr === null ? [] : ['-map', '[grey]', ...ends, '-map', '[poster]', ...ends];
  await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y', '-copyts', '-i', clip, '-filter_complex', later],
    ...['-map', '[picture]', '-frames:v', '1', '-f', 'image2', '-update', '1', reference],
    ...others,
  ]);
}

/**
 * Compares a picture with the first 50 frames that ffmpeg decodes of a hostile clip. Returns the highest
 * SSIM, or null if ffmpeg decodes no frame.
 */
export async function likenessToAny(
  clip: string,
  picture: { path: string; width: number; height: number },
  demuxer: string,
): Promise<number | null> {
  const { path, width, height } = picture;
  const frames = `[0:V:0]settb=1/25,setpts=N,scale=${width}:${height},setsar=1,${SAME_COLOURS}`;
  // SSIM compares blocks of 8 × 8 pixels, so a smaller picture must be enlarged first.
  const enlarge = 'scale=max(16\\,iw):max(16\\,ih):flags=neighbor';
  const compare =
    `${frames},${enlarge}[a];[1]${SAME_COLOURS},setsar=1,${enlarge}[b];` +
    '[a][b]ssim=stats_file=-';
  const limits = [
    ...['-protocol_whitelist', 'file', '-f', demuxer],
    ...['-max_pixels', String(MAX_PIXELS)],
  ];
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', ...limits, '-i', `file:${clip}`, '-i', path],
      ...['-lavfi', compare, '-frames:v', '50', '-f', 'null', '-'],
    ],
    { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  ).catch((error: unknown) => ({ stdout: (error as { stdout?: string }).stdout ?? '' }));
  return stdout.includes('All:') ? bestSsim(stdout) : null;
}

function bestSsim(text: string): number {
  const values = [...text.matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  return Math.max(0, ...values);
}
