import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/common';
import type { MediaPort } from '../../src/activities/ports.ts';
import type { MediaFacts } from '../../src/clip/state.ts';
import { programEnvironment } from '../../src/config/program-environment.ts';
import type { MediaOptions } from '../../src/media/create-media.ts';
import { createIsolatedMedia } from '../../src/media/process/client.ts';
import { sniffImage } from '../../src/media/sniff.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';

let harness: MediaHarness;
let mp4: Buffer;
const uncancelled = { signal: new AbortController().signal, onProgress: (): void => undefined };

function isolatedMedia(options: Partial<MediaOptions> = {}): MediaPort {
  return createIsolatedMedia({
    mediaHosts: [harness.cdn.origin],
    maxMediaBytes: 1e8,
    thumbnailFormat: 'webp',
    ffmpegPath: 'ffmpeg',
    ffprobePath: 'ffprobe',
    temporaryDirectory: harness.folder,
    environment: programEnvironment(),
    ...options,
  });
}

/** Returns the pids of the media processes that this process has started. */
function mediaProcesses(): number[] {
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {
    encoding: 'utf8',
  });
  const lines = children.split('\n').filter((line) => line.includes('media/process/main'));
  return lines.map((line) => parseInt(line, 10));
}

/** Waits until a script has written its pid to a file. */
async function pidIn(path: string): Promise<number> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await delay(20);
  }
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (!isGone(pid)) await delay(20);
}

describe('the media process', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
  });
  afterEach(async () => {
    for (const pid of mediaProcesses()) {
      process.kill(pid, 'SIGKILL');
      await untilGone(pid);
    }
  });
  after(() => harness.stop());

  test('the media process returns the picture and media details of a clip, and reports progress and whole downloads', async () => {
    const fallbacks: unknown[] = [];
    let progress = 0;
    const media = isolatedMedia({ onFallback: (...args) => fallbacks.push(args) });
    const options = { ...uncancelled, onProgress: () => void (progress += 1) };
    const made = await media.thumbnail(harness.cdn.put('/isolated.mp4', mp4), options);
    assert.equal(sniffImage(made.picture.bytes)?.contentType, 'image/webp');
    assert.equal(made.facts.codec, 'h264');
    assert.ok(progress > 0);
    assert.deepEqual(fallbacks, []);
    const plain = harness.cdn.put('/plain.mp4', (_request, response) => response.end(mp4));
    await media.thumbnail(`${plain}?hm=secret`, options);
    assert.deepEqual(fallbacks, [['no-ranges', '/plain.mp4']]);
    assert.equal(mediaProcesses().length, 1, 'both thumbnails use the same process');
  });

  test('if making a thumbnail fails in the media process, the caller gets the same failure type, message and retry delay', async () => {
    const media = isolatedMedia();
    const gone = harness.cdn.put('/gone.mp4', (_request, response) => {
      response.writeHead(404).end();
    });
    await assert.rejects(media.thumbnail(gone, uncancelled), fails('LinkExpired', /gone\.mp4/));
    const busy = harness.cdn.put('/busy.mp4', (_request, response) => {
      response.writeHead(429, { 'retry-after': '7' }).end();
    });
    await assert.rejects(media.thumbnail(busy, uncancelled), {
      type: 'RateLimited',
      nextRetryDelay: 7000,
    });
    const text = harness.cdn.put('/text.mp4', Buffer.from('no video at all'));
    await assert.rejects(media.thumbnail(text, uncancelled), {
      type: 'MediaUnreadable',
      nonRetryable: true,
    });
    const ffmpegPath = await harness.script('no-picture', 'exit 1');
    const url = harness.cdn.put('/facts.mp4', mp4);
    const undecoded = isolatedMedia({ ffmpegPath }).thumbnail(url, uncancelled);
    await assert.rejects(undecoded, (error: ApplicationFailure) => {
      const [facts] = error.details as [MediaFacts];
      assert.equal(facts.codec, 'h264');
      return true;
    });
  });

  test('the environment of the media process and of ffmpeg contains no secret', async () => {
    const seen = join(harness.folder, '..', 'environment');
    const ffmpegPath = await harness.script('env', `env >"${seen}"; exec ffmpeg "$@"`);
    process.env.TOKEN = 'not-for-strangers';
    process.env.TEMPORAL_API_KEY = 'nor-this';
    try {
      const url = harness.cdn.put('/env.mp4', mp4);
      await isolatedMedia({ ffmpegPath }).thumbnail(url, uncancelled);
      const environment = await readFile(`/proc/${mediaProcesses()[0]}/environ`, 'utf8');
      for (const text of [await readFile(seen, 'utf8'), environment]) {
        assert.match(text, /PATH=/);
        assert.doesNotMatch(text, /not-for-strangers|nor-this/);
      }
    } finally {
      delete process.env.TOKEN;
      delete process.env.TEMPORAL_API_KEY;
    }
  });

  test('if a thumbnail is cancelled, the call fails with the reason of the abort after ffmpeg has ended', async () => {
    const pidFile = join(harness.folder, '..', 'cancelled.pid');
    const ffmpegPath = await harness.script('hang', `echo $$ >"${pidFile}"; exec sleep 60`);
    const controller = new AbortController();
    const url = harness.cdn.put('/hang.mp4', mp4);
    const options = { ...uncancelled, signal: controller.signal };
    const work = isolatedMedia({ ffmpegPath }).thumbnail(url, options);
    const ended = assert.rejects(work, /cancelled by a test/);
    const ffmpeg = await pidIn(pidFile);
    controller.abort(new Error('cancelled by a test'));
    await ended;
    assert.ok(isGone(ffmpeg));
    await harness.assertNothingLeft();
  });

  test('if the media process is killed, the thumbnail fails as ServiceFailed, and a retry starts a new process', async () => {
    const pidFile = join(harness.folder, '..', 'killed.pid');
    const ffmpegPath = await harness.script(
      'first-hangs',
      `[ -e "${pidFile}" ] && exec ffmpeg "$@"; echo $$ >"${pidFile}"; exec sleep 60`,
    );
    const media = isolatedMedia({ ffmpegPath });
    const url = harness.cdn.put('/killed.mp4', mp4);
    const ended = assert.rejects(
      media.thumbnail(url, uncancelled),
      fails('ServiceFailed', /the media process exited; the next attempt starts a new process/),
    );
    const ffmpeg = await pidIn(pidFile);
    process.kill(mediaProcesses()[0] ?? 0, 'SIGKILL');
    await ended;
    process.kill(ffmpeg, 'SIGKILL');
    const { picture } = await media.thumbnail(url, uncancelled);
    assert.ok(picture.bytes.length > 0);
  });

  test('if the media process stops responding, the process is killed', async () => {
    const pidFile = join(harness.folder, '..', 'stopped.pid');
    const ffmpegPath = await harness.script('stopped', `echo $$ >"${pidFile}"; exec sleep 60`);
    const url = harness.cdn.put('/stopped.mp4', mp4);
    const work = isolatedMedia({ ffmpegPath }).thumbnail(url, uncancelled);
    const ended = assert.rejects(work, fails('ServiceFailed', /stopped responding/));
    const ffmpeg = await pidIn(pidFile);
    const [pid = 0] = mediaProcesses();
    process.kill(pid, 'SIGSTOP');
    await ended;
    await untilGone(pid);
    process.kill(ffmpeg, 'SIGKILL');
  });

  test('the media process finishes the current thumbnail even after SIGTERM and SIGINT', async () => {
    const pidFile = join(harness.folder, '..', 'signalled.pid');
    const ffmpegPath = await harness.script(
      'slow',
      `echo $$ >"${pidFile}"; sleep 1; exec ffmpeg "$@"`,
    );
    const url = harness.cdn.put('/signalled.mp4', mp4);
    const work = isolatedMedia({ ffmpegPath }).thumbnail(url, uncancelled);
    await pidIn(pidFile);
    const [pid = 0] = mediaProcesses();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.kill(pid, signal);
    assert.ok((await work).picture.bytes.length > 0);
  });
});
