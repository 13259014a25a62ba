import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The clips are kept between runs, because encoding takes a while. */
const FOLDER = join(tmpdir(), 'everclip-bench-clips');

/** Each clip repeats the same ten seconds of video, which are about 10 MB. */
const SIZES = [
  { megabytes: 10, loops: 1 },
  { megabytes: 30, loops: 3 },
  { megabytes: 200, loops: 20 },
];

/**
 * Returns clips like those of a game recorder. The clips have 1080p60 H.264 at 8 Mbit/s, sound, and `moov` at the end.
 * The first call generates them.
 *
 * @returns paths of clips of 10, 30 and 200 MB, in this order
 */
export async function generateGameRecorderClips(): Promise<string[]> {
  await mkdir(FOLDER, { recursive: true });
  const tenSeconds = join(FOLDER, 'game-recorder-10MB.mp4');
  await generate(tenSeconds, [
    ...['-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=60:d=10,noise=alls=7:allf=t'],
    ...['-f', 'lavfi', '-i', 'sine=440:r=48000:d=10', '-c:a', 'aac', '-b:a', '160k'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '120'],
    ...['-b:v', '8M', '-maxrate', '9M', '-bufsize', '8M', '-bf', '2'],
  ]);
  const paths: string[] = [];
  for (const { megabytes, loops } of SIZES) {
    const path = join(FOLDER, `game-recorder-${megabytes}MB.mp4`);
    await generate(path, ['-stream_loop', String(loops - 1), '-i', tenSeconds, '-c', 'copy']);
    paths.push(path);
  }
  return paths;
}

/**
 * Runs ffmpeg unless the file exists. The file gets its final name at the end, so a killed run leaves no truncated clip
 * at `path`.
 */
async function generate(path: string, args: string[]): Promise<void> {
  if (existsSync(path)) return;
  const partial = join(FOLDER, `partial-${process.pid}.mp4`);
  try {
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, '-f', 'mp4', partial]);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
