import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createMedia } from '../../src/media/create-media.ts';
import { identityOf } from '../../src/process-identity.ts';
import { contrastOf } from '../../src/media/ffmpeg/picture.ts';
import { clip, ffmpegBytes, greyOf, pictureFacts, turned, webm } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import { sendRange } from './support/media-server.ts';

let harness: MediaHarness;
let mp4: Buffer;

/** Waits for a script to have written its pid, and returns it. */
async function pidIn(path: string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await delay(25);
  }
  throw new Error('the script did not start');
}

describe('thumbnails', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('640x360', '-f', 'mp4');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('a clip gives a WebP picture 420 wide, and its facts', async () => {
    const sources = ['testsrc2=s=640x360:r=10:d=2', 'sine=440:d=2'];
    const inputs = sources.flatMap((source) => ['-f', 'lavfi', '-i', source]);
    const both = await ffmpegBytes('clip.mp4', ...inputs, '-c:v', 'libx264', '-c:a', 'aac');
    const { picture, facts } = await harness.thumbnail(harness.cdn.put('/COMET.mp4', both));
    assert.equal(picture.contentType, 'image/webp');
    assert.equal(picture.extension, 'webp');
    assert.equal(await pictureFacts(picture.bytes), 'webp,420,236');
    const { durationSeconds = 0, bitRate = 0, ...rest } = facts;
    assert.ok(Math.abs(durationSeconds - 2) < 0.1);
    assert.equal(bitRate, Math.round((both.length * 8) / durationSeconds));
    assert.deepEqual(rest, {
      width: 640,
      height: 360,
      codec: 'h264',
      frameRate: 10,
      hasAudio: true,
    });
  });

  test('PNG and JPEG are made where they are asked for', async () => {
    const url = harness.cdn.put('/formats.mp4', mp4);
    const png = await harness.thumbnail(url, { thumbnailFormat: 'png' });
    assert.equal(await pictureFacts(png.picture.bytes), 'png,420,236');
    assert.equal(png.picture.contentType, 'image/png');
    const jpeg = await harness.thumbnail(url, { thumbnailFormat: 'jpeg' });
    assert.match(await pictureFacts(jpeg.picture.bytes), /^mjpeg,420,236/);
    assert.equal(jpeg.picture.extension, 'jpg');
    assert.equal(jpeg.picture.contentType, 'image/jpeg');
    assert.equal(jpeg.facts.hasAudio, false);
  });

  test('a rotated clip stands upright in picture and facts', async () => {
    const { picture, facts } = await harness.thumbnail(
      harness.cdn.put('/turned.mp4', turned(await clip('1280x720'))),
    );
    assert.equal(await pictureFacts(picture.bytes), 'webp,420,747');
    assert.deepEqual([facts.width, facts.height], [720, 1280]);
  });

  test('a small video keeps its width, and pixels that are not square become so', async () => {
    const small = harness.cdn.put('/small.mp4', await clip('96x64'));
    assert.equal(await pictureFacts((await harness.thumbnail(small)).picture.bytes), 'webp,96,64');
    const wide = harness.cdn.put('/wide.mp4', await clip('400x400', '-vf', 'setsar=2/1'));
    assert.equal(await pictureFacts((await harness.thumbnail(wide)).picture.bytes), 'webp,420,210');
  });

  test('QuickTime is read in parts, WebM and Matroska downloaded whole', async () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1', '-c:v', 'libx264'];
    const clips = {
      'x.mov': await ffmpegBytes('x.mov', ...source),
      'x.mkv': await ffmpegBytes('x.mkv', ...source),
      'x.webm': await webm(),
    };
    for (const [name, bytes] of Object.entries(clips)) {
      const { picture, facts, fallbacks } = await harness.thumbnail(
        harness.cdn.put(`/${name}`, bytes),
      );
      assert.equal(await pictureFacts(picture.bytes), 'webp,64,64', name);
      assert.equal(facts.codec, name === 'x.webm' ? 'vp8' : 'h264');
      assert.equal(facts.durationSeconds, 1);
      assert.deepEqual(fallbacks, name === 'x.mov' ? [] : ['container']);
    }
  });

  test('a fallback is told with its reason and the path of the link, without the signature, before the download', async () => {
    const told: string[][] = [];
    const url = harness.cdn.put('/attachments/1/2/x.webm', (_request, response) => {
      response.writeHead(told.length === 0 ? 200 : 404).end(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]));
    });
    const gone = harness.thumbnail(`${url}?ex=secret&hm=secret`, {
      onFallback: (...fallback) => told.push(fallback),
    });
    await assert.rejects(gone, fails('LinkExpired', /x\.webm/));
    assert.deepEqual(told, [['no-ranges', '/attachments/1/2/x.webm']]);
  });

  test('one child process for each frame that is looked at, three at most, and no ffprobe', async () => {
    const starts = join(harness.folder, '..', 'starts');
    const ffmpegPath = await harness.script('counted', `echo >>"${starts}"; exec ffmpeg "$@"`);
    const frames = await clip('320x180', '-g', '2');
    const flat = await clip('320x180', '-g', '2', '-vf', 'drawbox=t=fill:c=black');
    const counts: number[] = [];
    for (const [name, bytes] of Object.entries({ frames, flat })) {
      await harness.thumbnail(harness.cdn.put(`/${name}.mp4`, bytes), {
        ...{ ffmpegPath, ffprobePath: '/nowhere/ffprobe' },
      });
      counts.push((await readFile(starts, 'utf8')).length);
    }
    assert.deepEqual(counts, [1, 1 + 3]);
  });

  test('a clip that begins black gives a later picture', async () => {
    const black = "drawbox=t=fill:c=black:enable='lt(t,0.15)'";
    const dark = await clip('640x360', '-g', '5', '-vf', black);
    const { picture } = await harness.thumbnail(harness.cdn.put('/dark.mp4', dark));
    const lit = await harness.thumbnail(harness.cdn.put('/lit.mp4', mp4));
    assert.ok(picture.bytes.length > lit.picture.bytes.length / 2, `${picture.bytes.length}`);
  });

  test('a WebM that does not tell its length is looked at after 2 s, and at its beginning where it is shorter', async () => {
    const black = ['-vf', "drawbox=t=fill:c=black:enable='lt(t,1.5)'"];
    const details: number[] = [];
    for (const [seconds, more] of [
      [4, black],
      [4, []],
      [1, []],
    ] as const) {
      const bytes = await webm(seconds, ...more, '-live', '1');
      const url = harness.cdn.put('/live.webm', bytes);
      const { picture, facts } = await harness.thumbnail(url);
      assert.equal(facts.durationSeconds, undefined);
      details.push(contrastOf(await greyOf(picture.bytes)));
    }
    assert.ok(
      details.every((detail) => detail > 30),
      details.join(', '),
    );
  });

  test('places, devices and titles do not get into the picture', async () => {
    const tags = [
      'location=+48.8577+002.2950/',
      'make=SecretPhone',
      'title=SecretTitle',
      'comment=SecretNote',
    ];
    const tagged = await clip(
      '640x360',
      ...tags.flatMap((tag) => ['-metadata', tag]),
      '-movflags',
      'use_metadata_tags',
    );
    assert.match(tagged.toString('latin1'), /48\.8577/);
    const url = harness.cdn.put('/tagged.mp4', tagged);
    for (const thumbnailFormat of ['webp', 'png', 'jpeg'] as const) {
      const { picture } = await harness.thumbnail(url, { thumbnailFormat });
      assert.doesNotMatch(Buffer.from(picture.bytes).toString('latin1'), /48\.85|Secret|Exif/i);
    }
  });

  test('a cover picture does not make sound a video', async () => {
    const cover = [
      '-f',
      'lavfi',
      '-i',
      'sine=440:d=1',
      '-f',
      'lavfi',
      '-i',
      'color=red:s=64x64:d=0.04',
    ];
    const song = [
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'png',
      '-frames:v',
      '1',
      '-disposition:v',
      'attached_pic',
    ];
    const url = harness.cdn.put('/song.mp4', await ffmpegBytes('song.mp4', ...cover, ...song));
    await assert.rejects(harness.thumbnail(url), fails('MediaUnreadable', /contains no video/));
  });

  test('a video with more pixels than 8K is refused', async () => {
    const url = harness.cdn.put('/square.mp4', await clip('8192x8192', '-frames:v', '1'));
    await assert.rejects(harness.thumbnail(url), fails('MediaTooLarge', /8192 × 8192 pixels/));
  });

  test('a decoder that ends well without a picture makes the clip unreadable', async () => {
    const ffmpegPath = await harness.script('nothing', 'exit 0');
    const url = harness.cdn.put('/nothing.mp4', mp4);
    await assert.rejects(
      harness.thumbnail(url, { ffmpegPath }),
      fails('MediaUnreadable', /no frame of the video/),
    );
  });

  test('what the decoder complains about stays inside', async () => {
    const ffmpegPath = await harness.script(
      'loud',
      'echo "/home/secret/x.mp4: broken" >&2; exit 1',
    );
    const url = harness.cdn.put('/loud.mp4', mp4);
    await assert.rejects(
      harness.thumbnail(url, { ffmpegPath }),
      fails('MediaUnreadable', /no frame of the video/),
    );
  });

  test('what a clip says of itself is told though its picture fails', async () => {
    const ffmpegPath = await harness.script('fails', 'exit 1');
    const parts = harness.cdn.put('/facts.mp4', mp4);
    const { facts } = await harness.thumbnail(parts);
    await assert.rejects(harness.thumbnail(parts, { ffmpegPath }), { details: [facts] });
    const whole = harness.cdn.put('/facts.webm', await webm());
    const { facts: ofWebm } = await harness.thumbnail(whole);
    await assert.rejects(harness.thumbnail(whole, { ffmpegPath }), { details: [ofWebm] });
  });

  test('ffmpeg or ffprobe that is not there is no fault of the clip', async () => {
    const url = harness.cdn.put('/tools.mp4', mp4);
    const ffmpegPath = '/nowhere/ffmpeg';
    await assert.rejects(
      harness.thumbnail(url, { ffmpegPath }),
      fails('ServiceFailed', /FFMPEG_PATH/),
    );
    const ffprobePath = '/nowhere/ffprobe';
    const other = harness.cdn.put('/tools.webm', await webm());
    await assert.rejects(
      harness.thumbnail(other, { ffprobePath }),
      fails('ServiceFailed', /FFPROBE_PATH/),
    );
  });

  for (const tool of ['ffmpegPath', 'ffprobePath'] as const) {
    test(`${tool}: a child that hangs is killed when its time is up, and when the work is cancelled`, async () => {
      for (const how of ['time', 'cancel'] as const) {
        const pidFile = join(harness.folder, '..', `${tool}-${how}.pid`);
        const path = await harness.script(
          `${tool}-${how}`,
          `echo $$ > "${pidFile}"; exec sleep 60`,
        );
        const abort = new AbortController();
        const timeLimitMs = how === 'time' ? 3000 : 60_000;
        // ffprobe looks only at what can't be read in parts.
        const clipBytes = tool === 'ffmpegPath' ? mp4 : await webm();
        const url = harness.cdn.put('/hang.mp4', clipBytes);
        const startedAt = Date.now();
        const work = harness.thumbnail(url, { [tool]: path, timeLimitMs }, abort.signal);
        const ended = assert.rejects(
          work,
          how === 'time' ? fails('MediaUnreadable', /timed out/) : /cancelled by a test/,
        );
        const pid = await pidIn(pidFile);
        if (how === 'cancel') abort.abort(new Error('cancelled by a test'));
        await ended;
        assert.ok(Date.now() - startedAt < 20_000);
        await delay(50);
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
        await rm(pidFile);
      }
    });
  }

  test('a slow server costs a clip nothing of its time', async () => {
    const url = harness.cdn.put('/slow.mp4', (request, response) => {
      setTimeout(() => sendRange(mp4, request, response), 1500);
    });
    const { picture, fallbacks } = await harness.thumbnail(url, { timeLimitMs: 2500 });
    assert.equal(await pictureFacts(picture.bytes), 'webp,420,236');
    assert.deepEqual(fallbacks, []);
  });

  test('where time runs out a dull picture that is there already is taken', async () => {
    const mark = join(harness.folder, '..', 'second');
    const ffmpegPath = await harness.script(
      'second-hangs',
      `[ -e "${mark}" ] && exec sleep 60; touch "${mark}"; exec ffmpeg "$@"`,
    );
    const flat = await clip('320x180', '-g', '2', '-vf', 'drawbox=t=fill:c=black');
    const url = harness.cdn.put('/flat.mp4', flat);
    const { picture } = await harness.thumbnail(url, { ffmpegPath, timeLimitMs: 3000 });
    assert.equal(await pictureFacts(picture.bytes), 'webp,320,180');
  });

  test('progress is told while ffmpeg works', async () => {
    const ffmpegPath = await harness.script('slow', 'sleep 1.3; exit 1');
    const { cdn, folder } = harness;
    const url = cdn.put('/progress.mp4', mp4);
    const options = {
      mediaHosts: [cdn.origin],
      maxMediaBytes: 1e8,
      thumbnailFormat: 'webp',
    } as const;
    const tools = { ffmpegPath, ffprobePath: 'ffprobe', temporaryDirectory: folder };
    const calls: number[] = [];
    const onProgress = (): void => void calls.push(Date.now());
    const { signal } = new AbortController();
    await assert.rejects(
      createMedia({ ...options, ...tools }).thumbnail(url, { signal, onProgress }),
    );
    // The first ones tell of bytes that arrived.
    assert.ok((calls.at(-1) ?? 0) - (calls[0] ?? 0) > 900);
  });

  test('work folders of dead processes are removed, those of running processes are kept', async () => {
    const folderOf = (name: string): string => join(harness.folder, `everclip-media-${name}`);
    // A pid above Linux's maximum, and an earlier process with this process's pid.
    const dead = [folderOf('4194304.1.x'), folderOf(`${process.pid}.1.x`)];
    const running = [process.pid, process.ppid].map((pid) => folderOf(`${identityOf(pid)}.x`));
    for (const folder of [...dead, ...running]) await mkdir(folder);
    await harness.thumbnail(harness.cdn.put('/sweep.mp4', mp4));
    const left = await readdir(harness.folder);
    assert.deepEqual(left.sort(), running.map((folder) => basename(folder)).sort());
    for (const folder of running) await rm(folder, { recursive: true });
  });

  test('a work folder that is a day old is removed, whoever made it', async () => {
    const yesterday = Date.now() / 1000 - 86_400 - 60;
    for (const name of [`${identityOf(process.ppid)}.x`, `${process.ppid}-x`]) {
      const folder = join(harness.folder, `everclip-media-${name}`);
      await mkdir(folder);
      await utimes(folder, yesterday, yesterday);
    }
    await harness.thumbnail(harness.cdn.put('/old.mp4', mp4));
    assert.deepEqual(await readdir(harness.folder), []);
  });
});
