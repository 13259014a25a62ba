import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { programEnvironment } from '../../src/config/program-environment.ts';
import { createMedia } from '../../src/media/create-media.ts';
import { checkFfmpeg } from '../../src/media/ffmpeg/check.ts';
import { TIME_LIMIT_MS } from '../../src/media/ffmpeg/limits.ts';
import { canToneMap } from '../../src/media/ffmpeg/filter.ts';
import { clip, pictureFacts, webm } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import { sendRange } from './support/media-server.ts';

const NO_FRAME = /no frame of the video could be decoded/;
let harness: MediaHarness;
let mp4: Buffer;

/** Waits until a script has written its pid, and returns the pid. */
async function pidIn(path: string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await delay(25);
  }
  throw new Error('the script did not start');
}

/**
 * Makes `performance.now` return a later time, by as many milliseconds as `laterMs` returns. Timers and `Date.now` keep
 * real time.
 */
function advanceClock(t: TestContext, laterMs: () => number): void {
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => now() + laterMs());
}

describe('ffmpeg and ffprobe that fail', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('640x360', '-f', 'mp4');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('the check before the start gives ffmpeg and ffprobe no variables of this process', async () => {
    const seen = join(harness.folder, '..', 'checked');
    const path = await harness.script('checked-tool', `env >>"${seen}"; exec ffmpeg "$@"`);
    process.env.SECRET_OF_TEST = 'not-for-ffmpeg';
    try {
      const environment = programEnvironment();
      const tools = { ffmpegPath: path, ffprobePath: path, environment };
      assert.match(
        await checkFfmpeg({ ...tools, thumbnailFormat: 'webp', storyboards: true }),
        /with libwebp$/,
      );
      const text = await readFile(seen, 'utf8');
      assert.match(text, /^PATH=/m);
      assert.doesNotMatch(text, /not-for-ffmpeg/);
    } finally {
      delete process.env.SECRET_OF_TEST;
    }
  });

  test('if ffmpeg exits with 0 but writes no picture, the clip is unreadable', async () => {
    const ffmpegPath = await harness.script('nothing', 'exit 0');
    const url = harness.cdn.put('/nothing.mp4', mp4);
    const thumbnail = harness.thumbnail(url, { ffmpegPath });
    await assert.rejects(thumbnail, fails('MediaUnreadable', NO_FRAME));
  });

  test('if ffmpeg fails, the error message does not contain what ffmpeg printed', async () => {
    const script = 'echo "/home/secret/x.mp4: broken" >&2; exit 1';
    const ffmpegPath = await harness.script('loud', script);
    const url = harness.cdn.put('/loud.mp4', mp4);
    const thumbnail = harness.thumbnail(url, { ffmpegPath });
    await assert.rejects(thumbnail, fails('MediaUnreadable', NO_FRAME));
  });

  test('if ffmpeg fails, the error still contains the width, duration and other facts of the clip', async () => {
    const ffmpegPath = await harness.script('fails', 'exit 1');
    const inParts = harness.cdn.put('/facts.mp4', mp4);
    const { facts } = await harness.thumbnail(inParts);
    await assert.rejects(harness.thumbnail(inParts, { ffmpegPath }), { details: [facts] });
    const downloaded = harness.cdn.put('/facts.webm', await webm());
    const { facts: factsOfWebm } = await harness.thumbnail(downloaded);
    await assert.rejects(harness.thumbnail(downloaded, { ffmpegPath }), { details: [factsOfWebm] });
  });

  test('if ffmpeg or ffprobe is missing, the error is retryable and names the setting to correct', async () => {
    const url = harness.cdn.put('/tools.mp4', mp4);
    await assert.rejects(
      harness.thumbnail(url, { ffmpegPath: '/nowhere/ffmpeg' }),
      fails('ServiceFailed', /ffmpeg cannot be run \(program not found\): .* FFMPEG_PATH/),
    );
    const other = harness.cdn.put('/tools.webm', await webm());
    await assert.rejects(
      harness.thumbnail(other, { ffprobePath: '/nowhere/ffprobe' }),
      fails('ServiceFailed', /ffprobe cannot be run \(program not found\): .* FFPROBE_PATH/),
    );
  });

  test('if the system refuses to start ffmpeg or ffprobe at all, the error is retryable', async () => {
    // Linux accepts no argument of more than 128 KB. Node throws this failure, as it does if there is too little memory.
    const tooLong = `/${'x'.repeat(200_000)}`;
    const url = harness.cdn.put('/refused.mp4', mp4);
    await assert.rejects(
      harness.thumbnail(url, { ffmpegPath: tooLong }),
      fails('ServiceFailed', /ffmpeg cannot be run \(E2BIG\)/),
    );
    const other = harness.cdn.put('/refused.webm', await webm());
    await assert.rejects(
      harness.thumbnail(other, { ffprobePath: tooLong }),
      fails('ServiceFailed', /ffprobe cannot be run \(E2BIG\)/),
    );
    assert.equal(await canToneMap(tooLong), false);
  });

  test('if ffmpeg or ffprobe is killed, the thumbnail fails with the retryable type ServiceFailed', async () => {
    const killed = await harness.script('killed', 'kill -9 $$');
    const url = harness.cdn.put('/killed.mp4', mp4);
    await assert.rejects(
      harness.thumbnail(url, { ffmpegPath: killed }),
      fails('ServiceFailed', /ffmpeg was killed, probably out of memory/),
    );
    const other = harness.cdn.put('/killed.webm', await webm());
    await assert.rejects(
      harness.thumbnail(other, { ffprobePath: killed }),
      fails('ServiceFailed', /ffprobe was killed, probably out of memory/),
    );
  });

  for (const tool of ['ffmpeg', 'ffprobe'] as const) {
    test(`if ${tool} hangs, the process is killed at the time limit, or earlier if the thumbnail is cancelled`, async () => {
      for (const ending of ['time', 'cancel'] as const) {
        const pidFile = join(harness.folder, '..', `${tool}-${ending}.pid`);
        const path = await harness.script(
          `${tool}-${ending}`,
          `echo $$ > "${pidFile}"; exec sleep 60`,
        );
        const controller = new AbortController();
        const timeLimitMs = ending === 'time' ? 3000 : 60_000;
        // ffprobe runs only for clips that cannot be read in parts.
        const url = harness.cdn.put('/hang.mp4', tool === 'ffmpeg' ? mp4 : await webm());
        const options = { [`${tool}Path`]: path, timeLimitMs };
        const startedAt = Date.now();
        const work = harness.thumbnail(url, options, controller.signal);
        const ended = assert.rejects(
          work,
          ending === 'time' ? fails('MediaUnreadable', /timed out/) : /cancelled by a test/,
        );
        const pid = await pidIn(pidFile);
        if (ending === 'cancel') controller.abort(new Error('cancelled by a test'));
        await ended;
        assert.ok(Date.now() - startedAt < 20_000);
        await delay(50);
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
        await rm(pidFile);
      }
    });
  }

  test('the time spent waiting for a slow server does not count towards the time limit of ffmpeg', async (t) => {
    let waitedMs = 0;
    advanceClock(t, () => waitedMs);
    const url = harness.cdn.put('/slow.mp4', (request, response) => {
      waitedMs += TIME_LIMIT_MS;
      sendRange(mp4, request, response);
    });
    const { picture, fallbacks } = await harness.thumbnail(url);
    assert.equal(await pictureFacts(picture.bytes), 'webp,640,360');
    assert.deepEqual(fallbacks, []);
  });

  test('if ffmpeg runs out of time, the best picture so far is used, even if that picture is black', async (t) => {
    const mark = join(harness.folder, '..', 'second');
    const ffmpegPath = await harness.script(
      'second-hangs',
      `[ -e "${mark}" ] && exec sleep 60; touch "${mark}"; exec ffmpeg "$@"`,
    );
    const black = await clip('320x180', '-g', '2', '-vf', 'drawbox=t=fill:c=black');
    const url = harness.cdn.put('/black.mp4', black);
    // From the first run of ffmpeg on, the clock is ahead by nearly the whole time limit.
    advanceClock(t, () => (existsSync(mark) ? TIME_LIMIT_MS - 1000 : 0));
    const { picture } = await harness.thumbnail(url, { ffmpegPath });
    assert.equal(await pictureFacts(picture.bytes), 'webp,320,180');
  });

  test('the progress callback is called while ffmpeg runs', async () => {
    const media = createMedia({
      mediaHosts: [harness.cdn.origin],
      maxMediaBytes: 1e8,
      thumbnailFormat: 'webp',
      ffmpegPath: await harness.script('slow', 'sleep 1.3; exit 1'),
      ffprobePath: 'ffprobe',
      temporaryDirectory: harness.folder,
    });
    const calls: number[] = [];
    const onProgress = (): void => void calls.push(Date.now());
    const { signal } = new AbortController();
    const url = harness.cdn.put('/progress.mp4', mp4);
    await assert.rejects(media.thumbnail(url, { signal, onProgress }));
    // The first calls happen during the download, the later calls while ffmpeg works.
    assert.ok((calls.at(-1) ?? 0) - (calls[0] ?? 0) > 900);
  });
});
