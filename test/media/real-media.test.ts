import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { recordOf } from '../../src/clip/record.ts';
import { fileSource } from '../../src/media/bytes/source.ts';
import { GREY } from '../../src/media/ffmpeg/filter.ts';
import { contrastOf, hasEnoughContrast, momentsToTry } from '../../src/media/ffmpeg/picture.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { keyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { aState } from '../activities/run-activity.ts';
import { type CorpusFile, generatedFiles, sharedFiles, sharedMedia } from './support/corpus.ts';
import { likenessAt, likenessToAny, MIN_LIKENESS } from './support/likeness.ts';
import { greyOf, pictureFacts } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const run = promisify(execFile);
const shared = sharedFiles('real');
/** Files that can be read in parts. */
const MP4_OR_QUICKTIME = /\.(mp4|mov|m4v)$/i;
const MAX_PICTURE_SIDE = 640;
let harness: MediaHarness;
let folder: string;

/** The expected picture and facts of a file. */
interface Expected {
  /** Pixels after rotation. */
  width: number;
  height: number;
  isSideways: boolean;
  /** The value is NaN if the duration is unknown. */
  seconds: number;
}

/** Returns the expected picture and facts of a file, from the corpus's README or from how the file was generated. */
function expectedOf(name: string): Expected {
  if (sharedMedia !== null) {
    const lines = readFileSync(join(sharedMedia, 'README.md'), 'utf8').split('\n');
    const cells = lines.find((line) => line.startsWith(`| \`${name}\``))?.split('|') ?? [];
    const [width = 0, height = 0] = (cells[6] ?? '').trim().split('x').map(Number);
    const isSideways = Math.abs(Number(cells[7])) === 90;
    return {
      width: isSideways ? height : width,
      height: isSideways ? width : height,
      isSideways,
      seconds: Number(cells[8]),
    };
  }
  return name === 'turned.mp4'
    ? { width: 180, height: 320, isSideways: true, seconds: 2 }
    : { width: 320, height: 180, isSideways: false, seconds: 2 };
}

/** Returns the ratio of a pixel's width to its height after the rotation of the video, according to ffprobe. */
async function pixelAspect(path: string, isSideways: boolean): Promise<number> {
  const entries = ['-v', 'error', '-select_streams', 'V:0', '-show_entries'];
  const args = [...entries, 'stream=sample_aspect_ratio', '-of', 'csv=p=0', path];
  const [w = 0, h = 0] = (await run('ffprobe', args)).stdout.trim().split(':').map(Number);
  const aspect = w > 0 && h > 0 ? w / h : 1;
  return isSideways ? 1 / aspect : aspect;
}

/** Returns width and height of a clip's picture, such as `640,360`. */
function pictureSize({ width, height }: Expected, aspect: number): string {
  const factor = Math.min(1, MAX_PICTURE_SIDE / Math.max(width * aspect, height));
  return `${Math.round(width * aspect * factor)},${Math.round(height * factor)}`;
}

/** Returns the moments that a file's picture may show: its key frames, or the moments to which ffmpeg seeks. */
async function momentsOf(path: string, seconds: number): Promise<number[]> {
  const file = await open(path);
  try {
    const clip = await openClip(await fileSource(file));
    const moments: number[] = [];
    const facts = await readFacts(clip);
    for await (const { atSeconds } of keyFrames(clip, facts)) moments.push(atSeconds);
    return moments;
  } catch {
    return [...momentsToTry(Number.isNaN(seconds) ? undefined : seconds), 0];
  } finally {
    await file.close();
  }
}

/** Returns the contrast of each frame that is shown before the file's second key frame. */
async function contrastsOfFirstGroup(path: string): Promise<number[]> {
  const probe = ['-v', 'error', '-select_streams', 'V:0', '-show_entries', 'packet=flags'];
  const { stdout } = await run('ffprobe', [...probe, '-of', 'csv=p=0', path]);
  const flags = stdout.trim().split('\n');
  const next = flags.findIndex((flag, at) => at > 0 && flag.startsWith('K'));
  const group = flags.slice(0, next === -1 ? undefined : next);
  // The edit list hides packets with the flag D.
  const shown = group.filter((flag) => !flag.includes('D')).length;
  const filter = `scale=${GREY.width}:${GREY.height}:flags=area,format=gray,settb=1/25,setpts=N,fps=25`;
  const args = ['-v', 'error', '-nostdin', '-i', path, '-map', '0:V:0', '-vf', filter];
  const output = ['-frames:v', String(shown), '-f', 'rawvideo', 'pipe:1'];
  const greys = await run('ffmpeg', [...args, ...output], {
    encoding: 'buffer',
    maxBuffer: 2 ** 26,
  });
  const size = GREY.width * GREY.height;
  return Array.from({ length: greys.stdout.length / size }, (_, n) =>
    contrastOf(greys.stdout.subarray(n * size, (n + 1) * size)),
  );
}

/**
 * Returns the tags that name a place, a device or a person. Values of up to three letters are left out, because they
 * may appear elsewhere by chance.
 */
async function personalTags(path: string): Promise<string[]> {
  const entries = ['-v', 'error', '-show_entries', 'format_tags:stream_tags', '-of', 'json', path];
  const { format, streams } = JSON.parse((await run('ffprobe', entries)).stdout) as {
    format: { tags?: Record<string, string> };
    streams: { tags?: Record<string, string> }[];
  };
  const tags = [format, ...streams].flatMap((part) => Object.entries(part.tags ?? {}));
  const personal = /location|make|model|software|artist|author|title|comment|copyright|android/i;
  return tags
    .filter(([name, value]) => personal.test(name) && value.length > 3)
    .map(([, value]) => value);
}

describe(`real media (${sharedMedia ?? 'generated files, no shared corpus'})`, () => {
  let files: CorpusFile[] = [];
  before(async () => {
    harness = await startMediaHarness();
    folder = await mkdtemp(join(tmpdir(), 'everclip-real-'));
    files = shared.length > 0 ? shared : await generatedFiles();
  });
  after(async () => {
    await harness.stop();
    await rm(folder, { recursive: true });
  });

  test('every real video file gives an upright picture and the correct width, height and duration', async (t) => {
    const downloaded: string[] = [];
    for (const { name, bytes } of files) {
      if (name === 'rails-video_without_video_stream.mp4') continue;
      const url = harness.cdn.put(`/real/${encodeURIComponent(name)}`, bytes());
      const { picture, facts, fallbacks } = await harness.thumbnail(url);
      if (fallbacks.length > 0 && MP4_OR_QUICKTIME.test(name)) downloaded.push(name);
      const expected = expectedOf(name);
      assert.deepEqual([facts.width, facts.height], [expected.width, expected.height], name);
      if (!Number.isNaN(expected.seconds)) {
        const off = Math.abs((facts.durationSeconds ?? 0) - expected.seconds);
        const maxOff = Math.max(0.05, 0.01 * expected.seconds);
        assert.ok(off < maxOff, `${name}: ${facts.durationSeconds} s`);
      }
      const clip = join(folder, 'clip');
      const made = join(folder, 'made.webp');
      await writeFile(clip, bytes());
      await writeFile(made, picture.bytes);
      const aspect = await pixelAspect(clip, expected.isSideways);
      const size = await pictureFacts(picture.bytes);
      assert.equal(size, `webp,${pictureSize(expected, aspect)}`, name);
      let best = 0;
      for (const moment of await momentsOf(clip, expected.seconds))
        if (best < MIN_LIKENESS) best = Math.max(best, await likenessAt(clip, made, moment));
      // If these frames are dull, the picture is another frame from the beginning of the clip.
      if (best < MIN_LIKENESS) {
        const [, shownWidth = 0, shownHeight = 0] = size.split(',').map(Number);
        const shown = { path: made, width: shownWidth, height: shownHeight };
        best = (await likenessToAny(clip, shown, 'mov')) ?? 0;
      }
      t.diagnostic(`${name}: SSIM ${best}`);
      assert.ok(best >= MIN_LIKENESS, `${name}: SSIM ${best}`);
    }
    const inParts = files.filter(({ name }) => MP4_OR_QUICKTIME.test(name));
    assert.ok(downloaded.length <= 0.2 * inParts.length, downloaded.join(', '));
  });

  test('no picture is dull if the first group of pictures of its file contains a better frame', async (t) => {
    for (const { name, bytes } of files) {
      if (name === 'rails-video_without_video_stream.mp4') continue;
      const url = harness.cdn.put(`/dull/${encodeURIComponent(name)}`, bytes());
      const { picture } = await harness.thumbnail(url);
      const contrast = contrastOf(await greyOf(picture.bytes));
      if (hasEnoughContrast(contrast)) continue;
      const clip = join(folder, 'clip');
      await writeFile(clip, bytes());
      const best = Math.max(0, ...(await contrastsOfFirstGroup(clip)));
      t.diagnostic(`${name}: ${contrast}, at best ${best}`);
      assert.ok(!hasEnoughContrast(best), `${name}: ${contrast}, but a frame has ${best}`);
    }
  });

  test('pictures and records contain no place, device or author from the metadata of a file', async (t) => {
    let tagged = 0;
    for (const { name, bytes } of files) {
      await writeFile(join(folder, 'clip'), bytes());
      const tags = await personalTags(join(folder, 'clip'));
      if (tags.length === 0) continue;
      tagged += 1;
      t.diagnostic(`${name}: ${tags.join(', ')}`);
      const url = harness.cdn.put(`/tagged/${tagged}`, bytes());
      const { picture, facts } = await harness.thumbnail(url);
      const record = recordOf(aState({ facts }), 1);
      const text = Buffer.from(picture.bytes).toString('latin1') + JSON.stringify(record);
      assert.doesNotMatch(text, /Exif|XMP /);
      for (const tag of tags) assert.ok(!text.includes(tag), `${name}: ${tag}`);
    }
    assert.ok(tagged > 0);
  });
});
