import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Runs ffmpeg and returns the file that it writes. The extension of `name` chooses the container. */
export async function ffmpegBytes(name: string, ...args: string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-make-'));
  try {
    await exec('ffmpeg', ['-v', 'error', '-nostdin', ...args, join(folder, name)]);
    return await readFile(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Makes an MP4 clip of 2 s with 10 frames a second. The arguments `more` go before the output. */
export function clip(size = '640x360', ...more: string[]): Promise<Buffer> {
  return ffmpegBytes(
    'clip.mp4',
    ...['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=10:d=2`, '-c:v', 'libx264'],
    ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...more],
  );
}

/** Makes a WebM clip, which cannot be read in parts. The arguments `more` go before the output. */
export function webm(seconds = 1, ...more: string[]): Promise<Buffer> {
  return ffmpegBytes(
    'clip.webm',
    ...['-f', 'lavfi', '-i', `testsrc2=s=64x64:r=5:d=${seconds}`],
    ...['-c:v', 'libvpx', '-deadline', 'realtime', ...more],
  );
}

/** Returns the clip rotated by 90 degrees. */
export function turned(mp4: Buffer): Buffer {
  return rotated(mp4, 90);
}

/** Returns the clip rotated clockwise. The rotation is a matrix in the clip's track header. */
export function rotated(mp4: Buffer, degrees: number): Buffer {
  const copy = Buffer.from(mp4);
  // Before the matrix come version and flags (4 bytes), times and ids (20 bytes), 8 reserved bytes, and the fields from
  // layer to volume (8 bytes).
  const matrixAt = copy.indexOf('tkhd') + 4 + 40;
  const cos = Math.round(Math.cos((degrees * Math.PI) / 180) * 0x10000);
  const sin = Math.round(Math.sin((degrees * Math.PI) / 180) * 0x10000);
  const matrix = [cos, sin, 0, -sin, cos, 0, 0, 0, 0x40000000];
  matrix.forEach((number, at) => copy.writeInt32BE(number, matrixAt + at * 4));
  return copy;
}

/**
 * Returns the clip with a data reference to another file. The clip's own frames become zeros, so a picture could come
 * only from the other file.
 * @param mp4 a clip with one track and `moov` at its end
 */
export function framesElsewhere(mp4: Buffer, url: string): Buffer {
  const moov = mp4.lastIndexOf('moov') - 4;
  const location = Buffer.from(`${url}\0`);
  // After the name `dref` come 4 bytes for version and flags, 4 for the number of entries, and one entry of 12 bytes.
  const entry = mp4.indexOf('dref', moov) + 12;
  const copy = Buffer.concat([mp4.subarray(0, entry + 12), location, mp4.subarray(entry + 12)]);
  copy.fill(0, copy.indexOf('mdat') + 4, moov);
  for (const name of ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref', 'url ']) {
    const start = copy.indexOf(name, moov) - 4;
    copy.writeUInt32BE(copy.readUInt32BE(start) + location.length, start);
  }
  // Clears the flag "in this file".
  copy.writeUInt32BE(0, entry + 8);
  return copy;
}

/** Returns a picture as 64 × 36 levels of grey. */
export async function greyOf(bytes: Uint8Array): Promise<Uint8Array> {
  const small = ['-vf', 'scale=64:36:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1'];
  const running = exec('ffmpeg', ['-v', 'error', '-i', 'pipe:0', ...small], { encoding: 'buffer' });
  running.child.stdin?.end(bytes);
  return (await running).stdout;
}

/** Returns red, green and blue of the pixel in the middle of each of `columns` columns of a picture. */
export async function pixelsOf(bytes: Uint8Array, columns: number): Promise<Uint8Array> {
  const middles = `scale=${columns}:1:flags=neighbor,format=rgb24`;
  const args = ['-v', 'error', '-i', 'pipe:0', '-vf', middles, '-f', 'rawvideo', 'pipe:1'];
  const running = exec('ffmpeg', args, { encoding: 'buffer' });
  running.child.stdin?.end(bytes);
  return (await running).stdout;
}

/** Returns the brightness in the middle of each cell of a picture that is divided into equal cells, row by row. */
export async function gridOf(
  bytes: Uint8Array,
  columns: number,
  rows: number,
): Promise<Uint8Array> {
  const middles = `scale=${columns}:${rows}:flags=neighbor,format=rgb24`;
  const args = ['-v', 'error', '-i', 'pipe:0', '-vf', middles, '-f', 'rawvideo', 'pipe:1'];
  const running = exec('ffmpeg', args, { encoding: 'buffer' });
  running.child.stdin?.end(bytes);
  // A grey pixel has the same level of red, green and blue.
  return (await running).stdout.filter((_, n) => n % 3 === 0);
}

/** Returns codec, width and height of a picture, such as `webp,640,360`. */
export async function pictureFacts(bytes: Uint8Array): Promise<string> {
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
  const running = exec('ffprobe', [...args, '-i', 'pipe:0']);
  running.child.stdin?.end(bytes);
  return (await running).stdout.trim();
}
