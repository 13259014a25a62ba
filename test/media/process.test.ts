import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/common';
import type { MediaPort } from '../../src/activities/ports.ts';
import type { MediaFacts } from '../../src/clip/state.ts';
import type { MediaOptions } from '../../src/media/create-media.ts';
import { createIsolatedMedia } from '../../src/media/process/client.ts';
import { sniffImage } from '../../src/media/sniff.ts';
import { programEnvironment } from '../../src/config/program-environment.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';

let harness: MediaHarness;
let mp4: Buffer;
const still = new AbortController().signal;
const silent = (): void => undefined;

const mediaApart = (options: Partial<MediaOptions> = {}): MediaPort =>
  createIsolatedMedia({
    ...{ mediaHosts: [harness.cdn.origin], maxMediaBytes: 1e8, thumbnailFormat: 'webp' },
    ...{ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe', temporaryDirectory: harness.folder },
    environment: programEnvironment(),
    ...options,
  });

/** Pids of the media processes that this process started. */
function children(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {
    encoding: 'utf8',
  }).split('\n');
  return lines
    .filter((line) => line.includes('media/process/main'))
    .map((line) => parseInt(line, 10));
}

/** A file's words once it is there. */
async function wordsIn(path: string): Promise<string> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '') return text;
    await delay(20);
  }
}

const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

async function untilGone(pid: number): Promise<void> {
  while (!isGone(pid)) await delay(20);
}

describe('media in a process of its own', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
  });
  afterEach(async () => {
    for (const pid of children()) {
      process.kill(pid, 'SIGKILL');
      await untilGone(pid);
    }
  });
  after(() => harness.stop());

  test('a thumbnail, its facts, its progress and its fallback come back', async () => {
    const told: unknown[] = [];
    let progress = 0;
    const media = mediaApart({ onFallback: (...fallback) => told.push(fallback) });
    const how = { signal: still, onProgress: () => void (progress += 1) };
    const made = await media.thumbnail(harness.cdn.put('/apart.mp4', mp4), how);
    assert.equal(sniffImage(made.picture.bytes)?.contentType, 'image/webp');
    assert.equal(made.facts.codec, 'h264');
    assert.ok(progress > 0);
    assert.deepEqual(told, []);
    const plain = harness.cdn.put('/plain.mp4', (_request, response) => response.end(mp4));
    await media.thumbnail(`${plain}?hm=secret`, how);
    assert.deepEqual(told, [['no-ranges', '/plain.mp4']]);
    assert.equal(children().length, 1, 'one process does all of it');
  });

  test('a failure keeps its type, its sentence and when to come back', async () => {
    const media = mediaApart();
    const how = { signal: still, onProgress: silent };
    const gone = harness.cdn.put('/gone.mp4', (_request, response) => {
      response.writeHead(404).end();
    });
    await assert.rejects(media.thumbnail(gone, how), fails('LinkExpired', /gone\.mp4/));
    const busy = harness.cdn.put('/busy.mp4', (_request, response) => {
      response.writeHead(429, { 'retry-after': '7' }).end();
    });
    await assert.rejects(media.thumbnail(busy, how), { type: 'RateLimited', nextRetryDelay: 7000 });
    const text = harness.cdn.put('/text.mp4', Buffer.from('no video at all'));
    await assert.rejects(media.thumbnail(text, how), {
      ...{ type: 'MediaUnreadable', nonRetryable: true },
    });
    const ffmpegPath = await harness.script('no-picture', 'exit 1');
    const apart = mediaApart({ ffmpegPath }).thumbnail(harness.cdn.put('/facts.mp4', mp4), how);
    await assert.rejects(apart, (error: ApplicationFailure) => {
      assert.equal((error.details?.[0] as MediaFacts).codec, 'h264');
      return true;
    });
  });

  test('neither the process nor ffmpeg gets to see a secret of the environment', async () => {
    const seen = join(harness.folder, '..', 'environment');
    const ffmpegPath = await harness.script('env', `env >"${seen}"; exec ffmpeg "$@"`);
    process.env.TOKEN = 'not-for-strangers';
    process.env.TEMPORAL_API_KEY = 'nor-this';
    try {
      const how = { signal: still, onProgress: silent };
      await mediaApart({ ffmpegPath }).thumbnail(harness.cdn.put('/env.mp4', mp4), how);
      const environment = await readFile(`/proc/${children()[0]}/environ`, 'utf8');
      for (const text of [await readFile(seen, 'utf8'), environment]) {
        assert.match(text, /PATH=/);
        assert.doesNotMatch(text, /not-for-strangers|nor-this/);
      }
    } finally {
      delete process.env.TOKEN;
      delete process.env.TEMPORAL_API_KEY;
    }
  });

  test('work that is given up ends with its child, and says why', async () => {
    const pidFile = join(harness.folder, '..', 'given-up.pid');
    const ffmpegPath = await harness.script('hang', `echo $$ >"${pidFile}"; exec sleep 60`);
    const abort = new AbortController();
    const how = { signal: abort.signal, onProgress: silent };
    const work = mediaApart({ ffmpegPath }).thumbnail(harness.cdn.put('/hang.mp4', mp4), how);
    const ended = assert.rejects(work, /cancelled by a test/);
    const pid = Number(await wordsIn(pidFile));
    abort.abort(new Error('cancelled by a test'));
    await ended;
    assert.ok(isGone(pid));
    await harness.assertNothingLeft();
  });

  test('where the process is killed its work is to be tried again, and the next clip gets another process', async () => {
    const pidFile = join(harness.folder, '..', 'killed.pid');
    const ffmpegPath = await harness.script(
      'first-hangs',
      `[ -e "${pidFile}" ] && exec ffmpeg "$@"; echo $$ >"${pidFile}"; exec sleep 60`,
    );
    const media = mediaApart({ ffmpegPath });
    const how = { signal: still, onProgress: silent };
    const url = harness.cdn.put('/killed.mp4', mp4);
    const ended = assert.rejects(
      media.thumbnail(url, how),
      fails('ServiceFailed', /the media process exited/),
    );
    const ffmpeg = Number(await wordsIn(pidFile));
    process.kill(children()[0] ?? 0, 'SIGKILL');
    await ended;
    process.kill(ffmpeg, 'SIGKILL');
    const { picture } = await media.thumbnail(url, how);
    assert.ok(picture.bytes.length > 0);
  });

  test('a process that stands still is killed', async () => {
    const pidFile = join(harness.folder, '..', 'still.pid');
    const ffmpegPath = await harness.script('still', `echo $$ >"${pidFile}"; exec sleep 60`);
    const how = { signal: still, onProgress: silent };
    const work = mediaApart({ ffmpegPath }).thumbnail(harness.cdn.put('/still.mp4', mp4), how);
    const ended = assert.rejects(work, fails('ServiceFailed', /stopped responding/));
    const ffmpeg = Number(await wordsIn(pidFile));
    const [pid = 0] = children();
    process.kill(pid, 'SIGSTOP');
    await ended;
    await untilGone(pid);
    process.kill(ffmpeg, 'SIGKILL');
  });

  test('it lives through the signals that tell a whole service to stop', async () => {
    const pidFile = join(harness.folder, '..', 'signalled.pid');
    const ffmpegPath = await harness.script(
      'slow',
      `echo $$ >"${pidFile}"; sleep 1; exec ffmpeg "$@"`,
    );
    const how = { signal: still, onProgress: silent };
    const work = mediaApart({ ffmpegPath }).thumbnail(harness.cdn.put('/signalled.mp4', mp4), how);
    await wordsIn(pidFile);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.kill(children()[0] ?? 0, signal);
    assert.ok((await work).picture.bytes.length > 0);
  });
});
