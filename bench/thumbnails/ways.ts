import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorFacts } from '../../src/errors.ts';
import { createMedia } from '../../src/media/create-media.ts';
import { downloadTo } from '../../src/media/http/download.ts';

// The process that does the work: so the server's isn't measured with it.

/** Everclip's; the scraper's, which downloads whole and runs ffprobe and ffmpeg; ffmpeg on the link. */
export type Way = 'everclip' | 'old' | 'url';

export interface Job {
  way: Way;
  url: string;
}

export interface Work {
  wallSeconds: number;
  cpuSeconds: number;
  fallback: string | null;
  error: string | null;
  /** WebP, in base64. */
  picture: string | null;
}

const run = promisify(execFile);
const still = new AbortController().signal;
const onProgress = (): void => undefined;
const SMALL = ['-frames:v', '1', '-vf', 'scale=420:-2', '-f', 'image2', '-update', '1'];
/** Of `/proc/<pid>/stat`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of this process and of its children that ended. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  // proc(5): cutime and cstime are fields 16 and 17, and what is behind the name begins with field 3.
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

async function everclip(url: string): Promise<Partial<Work>> {
  let fallback: string | null = null;
  const media = createMedia({
    ...{ mediaHosts: [new URL(url).origin], maxMediaBytes: 512 * 1024 * 1024 },
    ...{ thumbnailFormat: 'webp', ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' },
    onFallback: (reason) => (fallback = reason),
  });
  const { picture } = await media.thumbnail(url, { signal: still, onProgress });
  return { picture: Buffer.from(picture.bytes).toString('base64'), fallback };
}

/** Download whole, ffprobe, ffmpeg to PNG: what the scraper did. */
async function old(url: string): Promise<Partial<Work>> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-old-'));
  try {
    const file = join(folder, 'clip.mp4');
    const options = { mediaHosts: [new URL(url).origin], maxBytes: 1e9, idleMs: 30_000 };
    await downloadTo(file, url, { ...options, signal: still, onProgress });
    await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file]);
    const out = join(folder, 'picture.png');
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', file, ...SMALL, out]);
    return {};
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function byUrl(url: string): Promise<Partial<Work>> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-url-'));
  try {
    const out = join(folder, 'picture.png');
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', url, ...SMALL, out]);
    return {};
  } finally {
    await rm(folder, { recursive: true });
  }
}

const WAYS = { everclip, old, url: byUrl };

process.on('message', ({ way, url }: Job) => {
  void (async () => {
    const [startedAt, cpu] = [performance.now(), cpuSeconds()];
    const work: Work = {
      ...{ wallSeconds: 0, cpuSeconds: 0, fallback: null, error: null, picture: null },
      ...(await WAYS[way](url).catch((error: unknown) => ({ error: errorFacts(error).message }))),
    };
    work.wallSeconds = (performance.now() - startedAt) / 1000;
    work.cpuSeconds = cpuSeconds() - cpu;
    process.send?.(work);
  })();
});
