import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programEnvironment } from '../config/program-environment.ts';

const run = promisify(execFile);

/** The demo's clips. `source` names a generator that is built into ffmpeg, so no input file is needed. */
const SCENES: readonly { name: string; source: string; seconds: number }[] = [
  { name: 'COMET', source: 'testsrc2=size=1280x720:rate=30', seconds: 6 },
  { name: 'ace', source: 'mandelbrot=size=640x360:rate=30', seconds: 4 },
  {
    name: 'clutch',
    source: 'life=size=640x360:rate=30:mold=20:ratio=0.4:death_color=#2a4d69:life_color=#ffd166',
    seconds: 5,
  },
  {
    name: 'no_scope',
    source: 'gradients=size=640x360:rate=30:c0=#7b2ff7:c1=#f107a3:speed=0.05',
    seconds: 4,
  },
];

const AVATAR_COLOURS = ['0x4b6fff', '0x2fbf71', '0xe4572e'];

export interface DemoMedia {
  clips: { name: string; path: string; seconds: number }[];
  /** Paths of PNG files. */
  avatars: string[];
}

/** Generates the demo's clips and avatars in a folder. Files that exist already are kept. */
export async function generateDemoMedia(ffmpegPath: string, folder: string): Promise<DemoMedia> {
  mkdirSync(folder, { recursive: true });
  const clips: DemoMedia['clips'] = [];
  for (const { name, source, seconds } of SCENES) {
    const path = join(folder, `${name}.mp4`);
    const input = ['-f', 'lavfi', '-i', source, '-t', String(seconds)];
    // Most game recorders write H.264 in yuv420p, with the moov box at the end.
    const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
    await generate(ffmpegPath, path, [...input, ...coding, '-f', 'mp4']);
    clips.push({ name, path, seconds });
  }
  const avatars: string[] = [];
  for (const [index, colour] of AVATAR_COLOURS.entries()) {
    const path = join(folder, `avatar-${index}.png`);
    const input = ['-f', 'lavfi', '-i', `color=c=${colour}:size=128x128`];
    await generate(ffmpegPath, path, [...input, '-frames:v', '1', '-f', 'image2', '-c:v', 'png']);
    avatars.push(path);
  }
  return { clips, avatars };
}

/** Writes to another name first, so that a killed run does not leave half a file under `path`. */
async function generate(ffmpegPath: string, path: string, args: string[]): Promise<void> {
  if (existsSync(path)) return;
  const partial = `${path}.part`;
  const options = ['-v', 'error', '-nostdin', '-y'];
  await run(ffmpegPath, [...options, ...args, partial], { env: programEnvironment() });
  renameSync(partial, path);
}
