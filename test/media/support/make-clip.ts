import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** What ffmpeg makes of these arguments, as bytes; `name` gives the container by its ending. */
export async function ffmpegBytes(name: string, ...args: string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-make-'));
  try {
    await exec('ffmpeg', ['-v', 'error', '-nostdin', ...args, join(folder, name)]);
    return await readFile(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Two seconds at 10 frames each of a test picture; more arguments go before the output. */
export const clip = (size = '640x360', ...more: string[]): Promise<Buffer> =>
  ffmpegBytes(
    'clip.mp4',
    ...['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=10:d=2`, '-c:v', 'libx264'],
    ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...more],
  );

/** Some seconds of WebM, which is not read in parts; more arguments go before the output. */
export const webm = (seconds = 1, ...more: string[]): Promise<Buffer> =>
  ffmpegBytes(
    'clip.webm',
    ...['-f', 'lavfi', '-i', `testsrc2=s=64x64:r=5:d=${seconds}`],
    ...['-c:v', 'libvpx', '-deadline', 'realtime', ...more],
  );

/** The same clip, to be shown a quarter turned: another matrix in its track header. */
export function turned(mp4: Buffer): Buffer {
  const copy = Buffer.from(mp4);
  // version and flags 4, times and ids 20, reserved 8, layer to volume 8: then nine numbers.
  const matrix = copy.indexOf('tkhd') + 4 + 40;
  const numbers = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000];
  numbers.forEach((number, at) => copy.writeInt32BE(number, matrix + at * 4));
  return copy;
}

/**
 * The same clip with its frames said to be in another file: its own are zeros, so that a picture can
 * only be of that one. `mp4` has one track and `moov` at its end.
 */
export function framesElsewhere(mp4: Buffer, url: string): Buffer {
  const moov = mp4.lastIndexOf('moov') - 4;
  const location = Buffer.from(`${url}\0`);
  // Behind its name: version and flags 4, number of entries 4; then one entry of 12 bytes.
  const entry = mp4.indexOf('dref', moov) + 12;
  const [before, behind] = [mp4.subarray(0, entry + 12), mp4.subarray(entry + 12)];
  const copy = Buffer.concat([before, location, behind]);
  copy.fill(0, copy.indexOf('mdat') + 4, moov);
  for (const name of ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref', 'url ']) {
    const start = copy.indexOf(name, moov) - 4;
    copy.writeUInt32BE(copy.readUInt32BE(start) + location.length, start);
  }
  // No longer "in this file".
  copy.writeUInt32BE(0, entry + 8);
  return copy;
}

/** A picture as 64 × 36 levels of grey. */
export async function greyOf(bytes: Uint8Array): Promise<Uint8Array> {
  const small = ['-vf', 'scale=64:36:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1'];
  const running = exec('ffmpeg', ['-v', 'error', '-i', 'pipe:0', ...small], { encoding: 'buffer' });
  running.child.stdin?.end(bytes);
  return (await running).stdout;
}

/** Width, height and codec of a picture. */
export async function pictureFacts(bytes: Uint8Array): Promise<string> {
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
  const running = exec('ffprobe', [...args, '-i', 'pipe:0']);
  running.child.stdin?.end(bytes);
  return (await running).stdout.trim();
}
