import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { contrastOf } from '../../src/media/ffmpeg/picture.ts';
import { box, edited } from './support/edit-boxes.ts';
import { sharedFiles } from './support/corpus.ts';
import { clip, ffmpegBytes, greyOf, webm } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';

/** A test picture has more contrast than this, and a picture of one colour has a contrast of 0. */
const MIN_TEST_PICTURE_CONTRAST = 30;
const MAX_PLAIN_CONTRAST = 5;
const FRAGMENTS = 'frag_keyframe+empty_moov+default_base_moof';
const blackUntil = (seconds: number): string[] => [
  '-vf',
  `drawbox=t=fill:c=black:enable='lt(t,${seconds})'`,
];
/** Shows a test picture until `seconds`, then only green. */
const greenFrom = (seconds: number): string[] => [
  '-vf',
  `drawbox=t=fill:c=green:enable='gte(t,${seconds})'`,
];

let harness: MediaHarness;
/** The arguments of each run of ffmpeg or ffprobe, one line each. */
let runs: string;
let tools: { ffmpegPath: string; ffprobePath: string };

/** Returns the contrast of a clip's picture, the reasons why the clip was downloaded, and the runs of the tools. */
async function pictureOf(bytes: Uint8Array, options: Partial<typeof tools> = {}) {
  await rm(runs, { force: true });
  const url = harness.cdn.put('/clip', bytes);
  const { picture, fallbacks } = await harness.thumbnail(url, { ...tools, ...options });
  const lines = (await readFile(runs, 'utf8')).trim().split('\n');
  return {
    contrast: contrastOf(await greyOf(picture.bytes)),
    fallbacks,
    /** The moments to which ffmpeg seeked. */
    seeks: lines.flatMap((line) => [...(/ -ss (\S+)/.exec(line)?.slice(1) ?? [])]).map(Number),
    probes: lines.filter((line) => line.startsWith('ffprobe')).length,
    decodes: lines.filter((line) => line.startsWith('ffmpeg')).length,
  };
}

/** Fails unless the picture shows a test picture, not black. The clip must have been read in parts. */
async function assertLit(bytes: Uint8Array): Promise<void> {
  const { contrast, fallbacks } = await pictureOf(bytes);
  assert.ok(contrast > MIN_TEST_PICTURE_CONTRAST, `${contrast}`);
  assert.deepEqual(fallbacks, []);
}

/**
 * Returns an MP4 file with an edit list.
 * @param edits for each edit, its length and its start in the video, in seconds
 */
function withEdits(mp4: Buffer, ...edits: [seconds: number, from: number][]): Buffer {
  const timescaleAfter = (name: string): number => mp4.readUInt32BE(mp4.lastIndexOf(name) + 4 + 12);
  // Shifted so that the first frame is at 0 s, as in the edit list that ffmpeg wrote.
  const firstFrame = mp4.readInt32BE(mp4.lastIndexOf('elst') + 4 + 12);
  const entries = edits.flatMap(([seconds, from]) => [
    seconds * timescaleAfter('mvhd'),
    firstFrame + from * timescaleAfter('mdhd'),
    0x1_00_00,
  ]);
  const length = edits.reduce((sum, [seconds]) => sum + seconds, 0);
  const edts = box('edts', box('elst', 0, edits.length, ...entries));
  const trak = edited(mp4, 'moov/trak', (content) => {
    const at = content.indexOf('edts') - 4;
    assert.ok(at > 0, 'ffmpeg wrote no edit list');
    const end = at + content.readUInt32BE(at);
    return Buffer.concat([content.subarray(0, at), edts, content.subarray(end)]);
  });
  return edited(trak, 'moov/mvhd', (content) => {
    const copy = Buffer.from(content);
    copy.writeUInt32BE(length * timescaleAfter('mvhd'), 16);
    return copy;
  });
}

/** Makes an MPEG-4 Part 2 clip, which Mediabunny does not know, so that it is downloaded whole. */
function oldCodec(seconds: number, ...more: string[]): Promise<Buffer> {
  const source = ['-f', 'lavfi', '-i', `testsrc2=s=64x64:r=10:d=${seconds}`];
  return ffmpegBytes('x.mp4', ...source, '-c:v', 'mpeg4', '-g', '300', '-bf', '0', ...more);
}

describe('clips that start dull or trimmed', () => {
  let as8K: { ffprobePath: string };
  before(async () => {
    harness = await startMediaHarness();
    runs = join(harness.folder, '..', 'runs');
    const recorded = (tool: string): Promise<string> =>
      harness.script(tool, `echo ${tool} "$@" >>"${runs}"; exec ${tool} "$@"`);
    tools = { ffmpegPath: await recorded('ffmpeg'), ffprobePath: await recorded('ffprobe') };
    const size = 's/"width": 64/"width": 7680/; s/"height": 64/"height": 4320/';
    as8K = {
      ffprobePath: await harness.script('probe-8k', `"${tools.ffprobePath}" "$@" | sed '${size}'`),
    };
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('if the only key frame of a clip is black, the picture is a later frame of its group of pictures', async () => {
    await assertLit(await clip('160x120', '-g', '99', ...blackUntil(1.05)));
    // The frames are displayed in another order than they are decoded.
    await assertLit(await clip('160x120', '-g', '99', '-bf', '3', ...blackUntil(1.05)));
  });

  test('the frames of a group of pictures are fetched with few requests', async () => {
    // In the small grey copy, the noise is gone, so the frames are dull although they are large.
    const noise = ['-vf', 'drawbox=t=fill:c=black,noise=alls=30:allf=t'];
    const mp4 = await clip('640x360', '-g', '99', ...noise);
    const before = harness.cdn.requests.length;
    await pictureOf(mp4);
    const requests = harness.cdn.requests.length - before;
    // The file's head, its index, the key frame, and parts of 1 MB.
    const maxRequests = 3 + Math.ceil(mp4.length / 2 ** 20);
    assert.ok(requests <= maxRequests && maxRequests < 10, `${requests} of ${maxRequests}`);
  });

  test('if a clip refreshes its picture bit by bit instead of with key frames, the picture is not black', async () => {
    const refresh = ['-x264-params', 'intra-refresh=1:keyint=10:bframes=0'];
    await assertLit(await clip('160x120', ...refresh, ...blackUntil(1.05)));
  });

  test('if the first half of a clip is black, the picture is a key frame of the second half', async () => {
    const { contrast, decodes } = await pictureOf(
      await clip('160x120', '-g', '5', ...blackUntil(1.15)),
    );
    assert.ok(contrast > MIN_TEST_PICTURE_CONTRAST, `${contrast}`);
    assert.equal(decodes, 4);
  });

  test('if the first fragments of a clip are black, the picture is from a later fragment, whether or not the file has an index', async () => {
    const coding = ['-g', '2', ...blackUntil(1.25), '-movflags'];
    const atEnd = await clip('160x120', ...coding, FRAGMENTS);
    const atStart = await clip('160x120', ...coding, `${FRAGMENTS}+global_sidx`);
    const withoutMfra = (file: Buffer): Buffer => file.subarray(0, file.lastIndexOf('mfra') - 4);
    assert.ok(atEnd.includes('mfro') && !atEnd.includes('sidx'));
    assert.ok(atStart.includes('sidx'));
    for (const file of [atEnd, withoutMfra(atStart), withoutMfra(atEnd)]) await assertLit(file);
  });

  test('if a file in another container is black at all moments that are tried, the picture is another frame', async () => {
    const { contrast } = await pictureOf(
      await webm(2, '-vf', "drawbox=t=fill:c=black:enable='not(eq(n,2))'"),
    );
    assert.ok(contrast > MIN_TEST_PICTURE_CONTRAST, `${contrast}`);
  });

  test('a frame that an edit list hides never becomes the picture, whether the clip is read in parts or whole', async () => {
    const inParts = await clip('160x120', '-g', '99', '-bf', '2', ...greenFrom(1));
    const whole = await oldCodec(2, ...greenFrom(1));
    for (const mp4 of [inParts, whole]) {
      const trimmed = await pictureOf(withEdits(mp4, [0.8, 1.1]));
      assert.ok(trimmed.contrast < MAX_PLAIN_CONTRAST, `${trimmed.contrast}`);
      assert.deepEqual(trimmed.fallbacks, mp4 === whole ? ['codec'] : []);
    }
    const kept = await pictureOf(withEdits(inParts, [0.8, 0.1]));
    assert.ok(kept.contrast > MIN_TEST_PICTURE_CONTRAST, `${kept.contrast}`);
  });

  test('a frame between two parts that an edit list shows, or after the last part, never becomes the picture', async () => {
    const green = 'lt(t,0.35)+gte(t,1.05)';
    const cut = await clip('160x120', '-g', '5', '-vf', `drawbox=t=fill:c=green:enable='${green}'`);
    const middle = await pictureOf(withEdits(cut, [0.3, 0], [0.9, 1.1]));
    assert.ok(middle.contrast < MAX_PLAIN_CONTRAST, `${middle.contrast}`);
    const end = await pictureOf(withEdits(cut, [0.2, 0.2]));
    assert.ok(end.contrast < MAX_PLAIN_CONTRAST, `${end.contrast}`);
  });

  test('ffmpeg decodes only a few seconds of a large video, and ordinary clips do not wait for a list of frames', async () => {
    const gray = ['-f', 'lavfi', '-i', 'color=gray:s=64x64:r=60:d=5', '-c:v', 'libx264'];
    const mkv = await ffmpegBytes('x.mkv', ...gray, '-preset', 'ultrafast', '-g', '999');
    const ordinary = await pictureOf(mkv);
    assert.deepEqual(ordinary.seeks, [0.5, 1.667, 2.5, 3.75]);
    assert.equal(ordinary.probes, 1);
    const large = await pictureOf(mkv, as8K);
    assert.deepEqual(large.seeks, [0.5]);
    assert.equal(large.probes, 2);
  });

  test('if a large video hides too many frames before its first visible frame, it is refused', async () => {
    const trimmed = withEdits(await oldCodec(10), [1, 8.5]);
    await assert.rejects(
      pictureOf(trimmed, as8K),
      fails('MediaUnreadable', /first frame that the video shows is too far from a key frame/),
    );
    assert.ok((await pictureOf(trimmed)).contrast > MIN_TEST_PICTURE_CONTRAST);
  });

  for (const { name, bytes } of sharedFiles('ugly').filter((file) =>
    /^(black|trimmed)/.test(file.name),
  ))
    test(`${name} of the shared files is read in parts and gets a picture that is not of one colour`, async () => {
      await assertLit(bytes());
    });

  for (const { name, bytes } of sharedFiles('ugly').filter((file) => file.name.startsWith('slow')))
    test(`${name} of the shared files is decoded only up to its first moment`, async () => {
      assert.deepEqual((await pictureOf(bytes())).seeks, [0.15]);
    });
});
