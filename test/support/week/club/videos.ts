import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** A video of one colour, so that a picture shows which video it was made from. */
export interface Video {
  readonly path: string;
  readonly extension: string;
  readonly contentType: string;
  /** Red, green and blue, 0 to 255. */
  readonly colour: readonly [number, number, number];
  readonly codec: string;
  readonly hasAudio: boolean;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly seconds: number;
  /** In bytes. */
  readonly size: number;
}

const FRAME_RATE = 5;
const SECONDS = 1;
const H264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '80k'];

interface Recipe extends Pick<Video, 'extension' | 'contentType' | 'colour' | 'codec'> {
  readonly args: readonly string[];
  readonly hasAudio?: boolean;
  readonly width: number;
  readonly height: number;
}

const RECIPES: readonly Recipe[] = [
  {
    extension: 'mp4',
    contentType: 'video/mp4',
    codec: 'h264',
    args: H264,
    colour: [220, 30, 30],
    width: 64,
    height: 64,
  },
  {
    extension: 'mov',
    contentType: 'video/quicktime',
    codec: 'h264',
    args: H264,
    colour: [30, 200, 30],
    width: 96,
    height: 54,
    hasAudio: true,
  },
  {
    extension: 'webm',
    contentType: 'video/webm',
    codec: 'vp9',
    args: VP9,
    colour: [40, 40, 220],
    width: 64,
    height: 48,
  },
  {
    extension: 'mkv',
    contentType: 'video/x-matroska',
    codec: 'h264',
    args: H264,
    colour: [210, 200, 40],
    width: 54,
    height: 96,
  },
  {
    extension: 'm4v',
    contentType: 'video/x-m4v',
    codec: 'h264',
    args: H264,
    colour: [40, 200, 210],
    width: 80,
    height: 60,
  },
];

/** Makes a small video of each type with ffmpeg, in `folder`. */
export async function makeVideos(folder: string): Promise<Video[]> {
  return await Promise.all(RECIPES.map((recipe) => makeVideo(folder, recipe)));
}

async function makeVideo(folder: string, recipe: Recipe): Promise<Video> {
  const { args, hasAudio = false, ...shown } = recipe;
  const path = join(folder, `${recipe.extension}-source.${recipe.extension}`);
  const hex = recipe.colour.map((part) => part.toString(16).padStart(2, '0')).join('');
  const picture = `color=0x${hex}:s=${recipe.width}x${recipe.height}:r=${FRAME_RATE}:d=${SECONDS}`;
  const sound = hasAudio ? ['-f', 'lavfi', '-i', `sine=d=${SECONDS}`, '-c:a', 'aac'] : [];
  // Without this flag, an m4v would be a raw MPEG-4 stream.
  const format = recipe.extension === 'm4v' ? ['-f', 'mp4'] : [];
  await exec(process.env.FFMPEG_PATH || 'ffmpeg', [
    ...['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', picture],
    ...sound,
    ...args,
    ...format,
    path,
  ]);
  return {
    ...shown,
    hasAudio,
    path,
    frameRate: FRAME_RATE,
    seconds: SECONDS,
    size: statSync(path).size,
  };
}
