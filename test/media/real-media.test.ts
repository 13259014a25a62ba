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
import { keyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { aState } from '../activities/run-activity.ts';
import { type CorpusFile, generatedFiles, sharedFiles, sharedMedia } from './support/corpus.ts';
import { ALIKE, likenessAt } from './support/likeness.ts';
import { pictureFacts } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const run = promisify(execFile);
const shared = sharedFiles('real');
const corpus = sharedMedia ?? 'generated files, no shared corpus here';
let harness: MediaHarness;
let folder: string;

interface Row {
  /** After rotation. */
  width: number;
  height: number;
  turned: boolean;
  seconds: number;
}

/** What the corpus's table says of a file. */
function tableRow(name: string): Row | null {
  if (sharedMedia === null) return null;
  const lines = readFileSync(join(sharedMedia, 'README.md'), 'utf8').split('\n');
  const cells = lines.find((line) => line.startsWith(`| \`${name}\``))?.split('|') ?? [];
  const [width = 0, height = 0] = (cells[6] ?? '').trim().split('x').map(Number);
  const turned = Math.abs(Number(cells[7])) === 90;
  const [w, h] = turned ? [height, width] : [width, height];
  return { width: w, height: h, turned, seconds: Number(cells[8]) };
}

/** How much wider than high a pixel is as it is shown, as ffprobe reads it. */
async function pixelAspect(path: string, turned: boolean): Promise<number> {
  const entries = ['-v', 'error', '-select_streams', 'V:0', '-show_entries'];
  const args = [...entries, 'stream=sample_aspect_ratio', '-of', 'csv=p=0', path];
  const [w = 0, h = 0] = (await run('ffprobe', args)).stdout.trim().split(':').map(Number);
  const aspect = w > 0 && h > 0 ? w / h : 1;
  return turned ? 1 / aspect : aspect;
}

/** Width and height of a clip's picture: as it is shown, and no wider than 420. */
function sizeOf({ width, height }: Row, aspect: number): string {
  const shown = Math.min(420, Math.trunc(width * aspect));
  return `${shown},${Math.round((shown * height) / (width * aspect))}`;
}

/** The moments that a picture of this file may show: those of its key frames, or where ffmpeg is sent. */
async function momentsOf(path: string, seconds: number): Promise<number[]> {
  const file = await open(path);
  try {
    const clip = await openClip(await fileSource(file));
    const moments: number[] = [];
    const { durationSeconds } = await readFacts(clip);
    for await (const { atSeconds } of keyFrames(clip, durationSeconds)) moments.push(atSeconds);
    return moments;
  } catch {
    return Number.isNaN(seconds) ? [2, 5, 0] : [seconds / 10, seconds / 3, seconds / 2, 0];
  } finally {
    await file.close();
  }
}

/** What a file says about where, with what and by whom it was made; too short a word may be anything. */
async function personalTags(path: string): Promise<string[]> {
  const entries = ['-v', 'error', '-show_entries', 'format_tags:stream_tags', '-of', 'json', path];
  const said = JSON.parse((await run('ffprobe', entries)).stdout) as {
    format: { tags?: Record<string, string> };
    streams: { tags?: Record<string, string> }[];
  };
  const tags = [said.format, ...said.streams].flatMap((part) => Object.entries(part.tags ?? {}));
  const personal = /location|make|model|software|artist|author|title|comment|copyright|android/i;
  return tags
    .filter(([name, value]) => personal.test(name) && value.length > 3)
    .map(([, value]) => value);
}

describe(`real media (${corpus})`, () => {
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

  test('every file gives the picture that ffmpeg decodes, upright, with its length and size; few are downloaded', async (t) => {
    const downloaded: string[] = [];
    for (const { name, bytes } of files) {
      if (name === 'rails-video_without_video_stream.mp4') continue;
      const url = harness.cdn.put(`/real/${encodeURIComponent(name)}`, bytes());
      const { picture, facts, fallbacks } = await harness.thumbnail(url);
      if (fallbacks.length > 0 && /\.(mp4|mov|m4v)$/i.test(name)) downloaded.push(name);
      const [turned, width, height] = name === 'turned.mp4' ? [true, 180, 320] : [false, 320, 180];
      const row = tableRow(name) ?? { width, height, turned, seconds: 2 };
      assert.deepEqual([facts.width, facts.height], [row.width, row.height], name);
      if (!Number.isNaN(row.seconds)) {
        const off = Math.abs((facts.durationSeconds ?? 0) - row.seconds);
        assert.ok(off < Math.max(0.05, 0.01 * row.seconds), `${name}: ${facts.durationSeconds} s`);
      }
      const [clip, made] = [join(folder, 'clip'), join(folder, 'made.webp')];
      await writeFile(clip, bytes());
      await writeFile(made, picture.bytes);
      const size = await pictureFacts(picture.bytes);
      assert.equal(size, `webp,${sizeOf(row, await pixelAspect(clip, row.turned))}`, name);
      let best = 0;
      for (const moment of await momentsOf(clip, row.seconds))
        if (best < ALIKE) best = Math.max(best, await likenessAt(clip, made, moment));
      t.diagnostic(`${name}: SSIM ${best}`);
      assert.ok(best >= ALIKE, `${name}: SSIM ${best}`);
    }
    const videos = files.filter(({ name }) => /\.(mp4|mov|m4v)$/i.test(name));
    assert.ok(downloaded.length <= 0.2 * videos.length, downloaded.join(', '));
  });

  test('places, devices and authors that cameras write are in no picture and no record', async (t) => {
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
