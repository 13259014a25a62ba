import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export const VIDEO_SECONDS = 60;
const PICTURES = 6;

/** Generated files for pages in a browser. */
export interface PageMedia {
  /**
   * 60 s of VP9 and FLAC, which every Chromium plays, also one without licensed codecs. The sound is noise, so that the
   * file has about 10 MB, and a browser can't download the whole file at once.
   */
  video: Uint8Array;
  /** WebP, 640×360 pixels. */
  thumbnails: Uint8Array[];
  /** WebP, 360×640 pixels. */
  portrait: Uint8Array;
  /** JPEG, 1280×720 pixels. */
  posterImage: Uint8Array;
  /** PNG. */
  avatar: Uint8Array;
  /** WebP with 5×2 frames of 320×180 pixels. */
  storyboard: Uint8Array;
}

/** Generates the files with the ffmpeg on PATH, in about a second of CPU time. */
export async function makePageMedia(): Promise<PageMedia> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-pages-'));
  const source = (filter: string) => ['-f', 'lavfi', '-i', filter];
  const ffmpeg = (...args: string[]) => exec('ffmpeg', ['-v', 'error', '-nostdin', ...args]);
  const path = (name: string) => join(folder, name);
  const one = ['-frames:v', '1'];
  try {
    await Promise.all([
      ffmpeg(
        ...source(`testsrc2=s=192x108:r=5:d=${VIDEO_SECONDS}`),
        ...source(`anoisesrc=d=${VIDEO_SECONDS}:a=0.02:c=white:seed=1`),
        ...['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '80k'],
        ...['-g', '10', '-c:a', 'flac', '-ac', '2', '-strict', '-2', '-movflags', '+faststart'],
        path('video.mp4'),
      ),
      ffmpeg(
        ...source(`gradients=s=640x360:r=1:d=${PICTURES}:n=5:seed=3:speed=1`),
        ...['-frames:v', String(PICTURES), '-c:v', 'libwebp', path('thumb-%d.webp')],
      ),
      ffmpeg(...source('gradients=s=360x640:n=4:seed=9'), ...one, path('portrait.webp')),
      ffmpeg(...source('gradients=s=1280x720:n=6:seed=5'), ...one, path('poster.jpg')),
      ffmpeg(...source('gradients=s=64x64:n=3:seed=2'), ...one, path('avatar.png')),
      ffmpeg(
        ...source('gradients=s=320x180:r=1:d=10:n=4:seed=7:speed=1'),
        ...['-vf', 'tile=5x2', ...one, path('storyboard.webp')],
      ),
    ]);
    const names = (await readdir(folder)).filter((name) => name.startsWith('thumb-')).sort();
    return {
      video: await readFile(path('video.mp4')),
      thumbnails: await Promise.all(names.map((name) => readFile(path(name)))),
      portrait: await readFile(path('portrait.webp')),
      posterImage: await readFile(path('poster.jpg')),
      avatar: await readFile(path('avatar.png')),
      storyboard: await readFile(path('storyboard.webp')),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A PNG of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNIaJjwHwAFJAJwaAeSPAAAAABJRU5ErkJggg==',
  'base64',
);

/** Returns pictures of one pixel with a video, for tests to which pictures don't matter. */
export function tinyPageMedia(video: Uint8Array): PageMedia {
  return {
    video,
    thumbnails: [PIXEL],
    portrait: PIXEL,
    posterImage: PIXEL,
    avatar: PIXEL,
    storyboard: PIXEL,
  };
}
