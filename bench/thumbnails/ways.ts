import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MediaPort } from '../../src/activities/ports.ts';
import { errorFacts } from '../../src/errors.ts';
import { createMedia } from '../../src/media/create-media.ts';
import { downloadTo } from '../../src/media/http/download.ts';
import { sumStatSeconds } from '../support/cpu.ts';

// This process makes the thumbnails. The server runs in another process, so that the server's CPU time does not count.

/**
 * How a thumbnail is made. `everclip` is our way. `old` is the way of the Python scraper, which downloads the whole
 * clip and then runs ffprobe and ffmpeg. `url` gives the link to ffmpeg, which reads the clip itself.
 * `storyboard` makes our storyboard instead of a thumbnail.
 */
export type Way = 'everclip' | 'old' | 'url' | 'storyboard';

export interface Job {
  way: Way;
  url: string;
}

export interface JobResult {
  wallSeconds: number;
  cpuSeconds: number;
  /** Why the clip was downloaded whole; null if it was read in parts. */
  fallback: string | null;
  error: string | null;
  /** The picture that Everclip made as WebP in base64; null after an error, and for the other ways. */
  picture: string | null;
  /** The times of a storyboard's frames, in seconds. */
  times: number[];
}

const MAX_MEDIA_BYTES = 512 * 1024 * 1024;
const MAX_OLD_BYTES = 1e9;
const IDLE_TIMEOUT_MS = 30_000;
const SMALL_PICTURE = ['-frames:v', '1', '-vf', 'scale=420:-2', '-f', 'image2', '-update', '1'];

const run = promisify(execFile);
const neverAborted = new AbortController().signal;
const onProgress = (): void => undefined;

/** Returns the CPU time of this process and of its children that have exited. */
function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + sumStatSeconds('self', ['cutime', 'cstime']);
}

function createBenchMedia(url: string, onFallback?: (reason: string) => void): MediaPort {
  return createMedia({
    mediaHosts: [new URL(url).origin],
    maxMediaBytes: MAX_MEDIA_BYTES,
    thumbnailFormat: 'webp',
    ffmpegPath: 'ffmpeg',
    ffprobePath: 'ffprobe',
    ...(onFallback && { onFallback }),
  });
}

async function makeEverclipThumbnail(url: string): Promise<Partial<JobResult>> {
  let fallback: string | null = null;
  const media = createBenchMedia(url, (reason) => (fallback = reason));
  const { picture } = await media.thumbnail(url, { signal: neverAborted, onProgress });
  return { picture: Buffer.from(picture.bytes).toString('base64'), fallback };
}

async function makeStoryboard(url: string): Promise<Partial<JobResult>> {
  const options = { signal: neverAborted, onProgress };
  const storyboard = await createBenchMedia(url).storyboard(url, options);
  if (storyboard === null) return {};
  const picture = Buffer.from(storyboard.picture.bytes).toString('base64');
  return { picture, times: storyboard.times };
}

async function makeOldThumbnail(url: string): Promise<Partial<JobResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-old-'));
  try {
    const file = join(folder, 'clip.mp4');
    await downloadTo(file, url, {
      mediaHosts: [new URL(url).origin],
      maxBytes: MAX_OLD_BYTES,
      idleMs: IDLE_TIMEOUT_MS,
      signal: neverAborted,
      onProgress,
    });
    await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file]);
    const out = join(folder, 'picture.png');
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', file, ...SMALL_PICTURE, out]);
    return {};
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function makeThumbnailFromLink(url: string): Promise<Partial<JobResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-url-'));
  try {
    const out = join(folder, 'picture.png');
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', url, ...SMALL_PICTURE, out]);
    return {};
  } finally {
    await rm(folder, { recursive: true });
  }
}

const WAYS: Record<Way, (url: string) => Promise<Partial<JobResult>>> = {
  everclip: makeEverclipThumbnail,
  old: makeOldThumbnail,
  url: makeThumbnailFromLink,
  storyboard: makeStoryboard,
};

process.on('message', ({ way, url }: Job) => {
  void runJob(way, url).then((result) => process.send?.(result));
});

async function runJob(way: Way, url: string): Promise<JobResult> {
  const startMs = performance.now();
  const cpuBefore = readCpuSeconds();
  const result = await WAYS[way](url).catch((error: unknown) => ({
    error: errorFacts(error).message,
  }));
  return {
    fallback: null,
    error: null,
    picture: null,
    times: [],
    ...result,
    wallSeconds: (performance.now() - startMs) / 1000,
    cpuSeconds: readCpuSeconds() - cpuBefore,
  };
}
