import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { isFailure } from '../../src/errors.ts';
import { MAX_SPRITE_BYTES } from '../../src/media/ffmpeg/sprite.ts';
import { sniffImage, sniffVideo } from '../../src/media/sniff.ts';
import { type CorpusFile, sharedFiles, sharedMedia } from './support/corpus.ts';
import { likenessToAny, MIN_LIKENESS } from './support/likeness.ts';
import { clip, ffmpegBytes, framesElsewhere, pictureFacts } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const MEGABYTE = 1024 * 1024;
/**
 * The time limit for a hostile file is never shorter than this. On a busy machine, a hostile file may take as long as
 * eight ordinary clips.
 */
const MIN_LIMIT_MS = 5000;
const ORDINARY_CLIPS = 8;
const MAX_FETCHED_BYTES = 64 * MEGABYTE;
const MAX_GROWTH_BYTES = 200 * MEGABYTE;
const MAX_CHILD_BYTES = 512 * MEGABYTE;
const hostile = sharedFiles('hostile');
/**
 * Everclip rotates pictures only by quarter turns, but ffmpeg rotates the first file by its actual angle. ffmpeg reads
 * only one frame of the second file.
 */
const NOT_COMPARABLE = ['matrix-rotated-45.mp4', 'timescale-2e32-minus-1.mp4'];
let harness: MediaHarness;
let limitMs = MIN_LIMIT_MS;
/** Scripts that run ffmpeg and ffprobe, and write their peak memory to `peaks` while they run. */
let tools: { ffmpegPath: string; ffprobePath: string };
let peaks: string;

type Outcome = 'picture' | 'refused';
interface NamedFile {
  name: string;
  read: () => Uint8Array;
}

/** The pictures made so far, keyed by file name. */
const pictures = new Map<string, Uint8Array>();

/** Makes a thumbnail. Fails if the result is neither a picture nor a refusal, or if a limit is exceeded. */
async function outcomeOf(name: string, bytes: Uint8Array): Promise<Outcome> {
  const url = harness.cdn.put(`/hostile/${encodeURIComponent(name)}`, bytes);
  const startedAt = Date.now();
  const sentBefore = harness.cdn.sentBytes;
  const outcome = await harness.thumbnail(url, tools).then(
    ({ picture }): Outcome => {
      assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp', name);
      pictures.set(name, picture.bytes);
      return 'picture';
    },
    (error: unknown): Outcome => {
      const isRefusal = isFailure(error, 'MediaUnreadable') || isFailure(error, 'MediaTooLarge');
      assert.ok(isRefusal, `${name}: ${String(error)}`);
      // The message must be our own, so it contains no path, no address and none of ffmpeg's words.
      assert.doesNotMatch(String(error), /\/|ffmpeg|0x/, name);
      return 'refused';
    },
  );
  const tookMs = Date.now() - startedAt;
  assert.ok(tookMs < limitMs, `${name} took ${tookMs} ms of ${limitMs}`);
  assert.ok(harness.cdn.sentBytes - sentBefore < MAX_FETCHED_BYTES, name);
  return outcome;
}

/** Returns the outcomes, keyed by file name. Processes two files at a time. */
async function outcomesOf(files: NamedFile[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const queue = files[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const { name, read } of queue) outcomes.set(name, await outcomeOf(name, read()));
  };
  await Promise.all([work(), work()]);
  return outcomes;
}

/**
 * Returns the files that ffmpeg refuses, whether it gets them in parts or as a whole. The corpus's README says which
 * files these are.
 */
function refusedByFfmpeg(): string[] {
  if (sharedMedia === null) return [];
  const lines = readFileSync(join(sharedMedia, 'README.md'), 'utf8').split('\n');
  const rows = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  const refused = rows.filter((cells) => [4, 5].every((at) => cells[at]?.startsWith('refused')));
  return refused.map((cells) => (cells[1] ?? '').replaceAll('`', ''));
}

/** Returns how similar a picture is to the most similar frame of its clip; null if ffmpeg decodes no frame. */
async function likenessOf(bytes: Uint8Array, picture: Uint8Array): Promise<number | null> {
  const clipPath = join(harness.folder, '..', 'hostile');
  const path = join(harness.folder, '..', 'picture.webp');
  await writeFile(clipPath, bytes);
  await writeFile(path, picture);
  const [, width = 0, height = 0] = (await pictureFacts(picture)).split(',').map(Number);
  return likenessToAny(clipPath, { path, width, height }, sniffVideo(bytes) ?? 'mov');
}

/** Returns the most memory that ffmpeg or ffprobe used; 0 if the system does not report it. */
async function maxChildBytes(): Promise<number> {
  const text = await readFile(peaks, 'utf8').catch(() => '');
  const values = [...text.matchAll(/VmHWM:\s+(\d+) kB/g)].map(([, kB]) => Number(kB) * 1024);
  return Math.max(0, ...values);
}

/** Writes a script that runs a tool and watches its memory. */
function watchedTool(tool: string): Promise<string> {
  return harness.script(
    tool,
    `${tool} "$@" & p=$!
while grep VmHWM /proc/$p/status >>"${peaks}" 2>/dev/null; do sleep 0.02; done
wait $p`,
  );
}

describe(`hostile media (${sharedMedia ?? 'generated files, no shared corpus'})`, () => {
  let mp4: Buffer;
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
    peaks = join(harness.folder, '..', 'peaks');
    tools = { ffmpegPath: await watchedTool('ffmpeg'), ffprobePath: await watchedTool('ffprobe') };
    const url = harness.cdn.put('/ordinary.mp4', mp4);
    const startedAt = Date.now();
    // Makes two thumbnails at a time, as in outcomesOf.
    await Promise.all([harness.thumbnail(url, tools), harness.thumbnail(url, tools)]);
    limitMs = Math.max(MIN_LIMIT_MS, ORDINARY_CLIPS * (Date.now() - startedAt));
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('files that are not videos and files that refer to other files are refused', async () => {
    // The files refer to a valid video. If Everclip followed these references, it would make a picture of that video.
    const secret = join(harness.folder, '..', 'secret.mp4');
    await writeFile(secret, mp4);
    const web = harness.canary.put('/secret.mp4', mp4);
    const playlist = (target: string): Buffer =>
      Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n${target}\n#EXT-X-ENDLIST\n`);
    const ftyp = mp4.subarray(0, mp4.readUInt32BE(0));
    const png = ['-f', 'lavfi', '-i', 'color=red:s=64x64:d=0.04', '-frames:v', '1'];
    const made: Record<string, Uint8Array> = {
      'playlist-file': playlist(`file://${secret}`),
      'playlist-passwd': playlist('file:///etc/passwd'),
      'playlist-web': playlist(web),
      'playlist-behind-ftyp': Buffer.concat([ftyp, playlist(`file://${secret}`)]),
      concat: Buffer.from(`ffconcat version 1.0\nfile '${secret}'\nfile '${web}'\n`),
      dash: Buffer.from(`<?xml version="1.0"?><MPD><BaseURL>${web}</BaseURL></MPD>`),
      random: Uint8Array.from({ length: 65_536 }, (_, at) => (at * 7919 + (at >> 3)) % 251),
      zeros: new Uint8Array(4096),
      empty: new Uint8Array(0),
      'one-byte': new Uint8Array(1),
      truncated: mp4.subarray(0, 2000),
      'png-renamed': await ffmpegBytes('x.png', ...png),
      'ftyp-only': ftyp,
      'frames-in-a-file': framesElsewhere(mp4, `file://${secret}`),
      'frames-beside': framesElsewhere(mp4, '../secret.mp4'),
      'frames-on-the-web': framesElsewhere(mp4, web),
    };
    const files = Object.entries(made).map(([name, bytes]) => ({ name, read: () => bytes }));
    const outcomes = await outcomesOf(files);
    assert.equal(outcomes.size, files.length);
    const withPicture = [...outcomes].filter(([, outcome]) => outcome === 'picture');
    assert.deepEqual(withPicture, []);
  });

  test('a truncated or damaged file either gives a picture or is refused, and never fails in another way', async () => {
    const damaged = Array.from({ length: 16 }, (_, n): NamedFile => {
      const bytes = Buffer.from(n % 2 ? mp4 : mp4.subarray(0, (mp4.length * (n + 1)) / 17));
      for (let at = n * 31; at < bytes.length; at += 4099) bytes.writeUInt8((at * 13) % 256, at);
      return { name: `damaged-${n}`, read: () => bytes };
    });
    assert.equal((await outcomesOf(damaged)).size, 16);
  });

  if (hostile.length > 0) {
    test(`processing any of the ${hostile.length} hostile files stays within the limits of memory, time and downloaded bytes`, async () => {
      const rssBefore = process.memoryUsage.rss();
      let maxRss = rssBefore;
      const timer = setInterval(() => {
        maxRss = Math.max(maxRss, process.memoryUsage.rss());
      }, 20);
      const outcomes = await outcomesOf(
        hostile.map(({ name, bytes }: CorpusFile) => ({ name, read: bytes })),
      );
      clearInterval(timer);
      assert.equal(outcomes.size, hostile.length);
      const refused = refusedByFfmpeg();
      assert.ok(refused.length > 40);
      assert.deepEqual(
        refused.filter((name) => outcomes.get(name) !== 'refused'),
        [],
      );
      for (const name of ['one-by-one.mp4', 'two-by-two-thousand.mp4', 'two-moov.mp4'])
        assert.equal(outcomes.get(name), 'picture', name);
      const childBytes = await maxChildBytes();
      assert.ok(childBytes < MAX_CHILD_BYTES, `a child used ${childBytes} bytes`);
      if (process.platform === 'linux')
        assert.ok(childBytes > 10 * MEGABYTE, 'no child was watched');
      const growth = maxRss - rssBefore;
      assert.ok(growth < MAX_GROWTH_BYTES, `this process grew by ${growth} bytes`);
    });

    test('a hostile or damaged file gets a small storyboard or none, within the limits of time and downloaded bytes', async () => {
      let made = 0;
      for (const { name, bytes } of [...hostile, ...sharedFiles('ugly')]) {
        const url = harness.cdn.put(`/moments/${encodeURIComponent(name)}`, bytes());
        const sentBefore = harness.cdn.sentBytes;
        const startedAt = Date.now();
        const storyboard = await harness.storyboard(url, tools);
        const tookMs = Date.now() - startedAt;
        assert.ok(tookMs < limitMs, `${name} took ${tookMs} ms of ${limitMs}`);
        assert.ok(harness.cdn.sentBytes - sentBefore < MAX_FETCHED_BYTES, name);
        if (storyboard === null) continue;
        made += 1;
        const { picture, times } = storyboard;
        assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp', name);
        assert.ok(picture.bytes.length <= MAX_SPRITE_BYTES, name);
        assert.ok(times.length >= 3 && times.length <= 10, name);
        assert.ok(
          times.every((time, n) => time >= 0 && (n === 0 || time > (times[n - 1] ?? 0))),
          `${name}: ${times.join()}`,
        );
      }
      assert.ok(made > 0, 'no file got a storyboard');
      const childBytes = await maxChildBytes();
      assert.ok(childBytes < MAX_CHILD_BYTES, `a child used ${childBytes} bytes`);
    });

    test('the picture of a hostile file looks like a frame that ffmpeg decodes from the whole file', async (t) => {
      let compared = 0;
      for (const { name, bytes } of hostile) {
        const picture = pictures.get(name);
        if (!picture || NOT_COMPARABLE.includes(name)) continue;
        const likeness = await likenessOf(bytes(), picture);
        t.diagnostic(`${name}: ${likeness ?? 'ffmpeg decodes no frame'}`);
        if (likeness === null) continue;
        compared += 1;
        assert.ok(likeness >= MIN_LIKENESS, `${name}: SSIM ${likeness}`);
      }
      assert.ok(compared > 20, `only ${compared} were compared`);
    });
  }
});
