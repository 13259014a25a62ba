import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const FOLDER = join(tmpdir(), 'everclip-bench-clips');
/** Megabytes, and how often ten seconds are repeated to get there. */
const SIZES = [
  { megabytes: 10, loops: 1 },
  { megabytes: 30, loops: 3 },
  { megabytes: 200, loops: 20 },
];

/** Clips as a game recorder writes them: 1080p60 H.264 at 8 Mbit/s with sound, moov at the end; made once. */
export async function gameRecorderClips(): Promise<string[]> {
  await mkdir(FOLDER, { recursive: true });
  const ten = join(FOLDER, 'game-recorder-10MB.mp4');
  await make(ten, [
    ...['-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=60:d=10,noise=alls=7:allf=t'],
    ...['-f', 'lavfi', '-i', 'sine=440:r=48000:d=10', '-c:a', 'aac', '-b:a', '160k'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '120'],
    ...['-b:v', '8M', '-maxrate', '9M', '-bufsize', '8M', '-bf', '2'],
  ]);
  const paths: string[] = [];
  for (const { megabytes, loops } of SIZES) {
    const path = join(FOLDER, `game-recorder-${megabytes}MB.mp4`);
    await make(path, ['-stream_loop', String(loops - 1), '-i', ten, '-c', 'copy']);
    paths.push(path);
  }
  return paths;
}

/** Under another name first, so that a run that was stopped leaves no half clip. */
async function make(path: string, args: string[]): Promise<void> {
  if (existsSync(path)) return;
  const half = join(FOLDER, `half-${process.pid}.mp4`);
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, '-f', 'mp4', half]);
  await rename(half, path);
  await rm(half, { force: true });
}
