import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { isFailure } from '../../src/errors.ts';
import { sniffImage, sniffVideo } from '../../src/media/sniff.ts';
import { type CorpusFile, sharedFiles, sharedMedia } from './support/corpus.ts';
import { ALIKE, likenessToAny } from './support/likeness.ts';
import { clip, ffmpegBytes, framesElsewhere, pictureFacts } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const MEGABYTE = 1024 * 1024;
/** On a machine so busy that an ordinary clip takes long, a hostile one may take as long as eight of them. */
const LIMIT_MS = 5000;
const ORDINARY_CLIPS = 8;
const MAX_FETCHED = 64 * MEGABYTE;
const MAX_GROWTH = 200 * MEGABYTE;
const MAX_CHILD = 512 * MEGABYTE;
const hostile = sharedFiles('hostile');
/** We turn by quarters, ffmpeg by any angle; and of the other one it reads the first frame alone. */
const NOT_ALIKE = ['matrix-rotated-45.mp4', 'timescale-2e32-minus-1.mp4'];
let harness: MediaHarness;
let limitMs = LIMIT_MS;
/** Of ffmpeg and ffprobe alike: runs the tool and notes its peak memory while it runs. */
let tools: { ffmpegPath: string; ffprobePath: string };
let peaks: string;

type Outcome = 'picture' | 'refused';
/** By name. */
const pictures = new Map<string, Uint8Array>();

/** Ends in a picture or a refusal in a sentence of ours, in time; anything else fails the test. */
async function outcomeOf(name: string, bytes: Uint8Array): Promise<Outcome> {
  const url = harness.cdn.put(`/hostile/${encodeURIComponent(name)}`, bytes);
  const [startedAt, sentBefore] = [Date.now(), harness.cdn.sentBytes];
  const outcome = await harness.thumbnail(url, tools).then(
    ({ picture }): Outcome => {
      assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp', name);
      pictures.set(name, picture.bytes);
      return 'picture';
    },
    (error: unknown): Outcome => {
      const known = isFailure(error, 'MediaUnreadable') || isFailure(error, 'MediaTooLarge');
      assert.ok(known, `${name}: ${String(error)}`);
      assert.doesNotMatch(String(error), /\/|ffmpeg|0x/, name);
      return 'refused';
    },
  );
  const tookMs = Date.now() - startedAt;
  assert.ok(tookMs < limitMs, `${name} took ${tookMs} ms of ${limitMs}`);
  assert.ok(harness.cdn.sentBytes - sentBefore < MAX_FETCHED, name);
  return outcome;
}

/** Two at a time, as many as cores; outcomes by name. */
async function outcomesOf(
  files: [string, () => Promise<Uint8Array>][],
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const queue = files[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const [name, read] of queue) outcomes.set(name, await outcomeOf(name, await read()));
  };
  await Promise.all([work(), work()]);
  return outcomes;
}

const named = (files: CorpusFile[]): [string, () => Promise<Uint8Array>][] =>
  files.map(({ name, bytes }) => [name, () => Promise.resolve(bytes())]);

/** What the corpus's table says: the files that both of ffmpeg's ways refuse. */
function refusedByBoth(): string[] {
  if (sharedMedia === null) return [];
  const lines = readFileSync(join(sharedMedia, 'README.md'), 'utf8').split('\n');
  const rows = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  const both = rows.filter((cells) => [4, 5].every((at) => cells[at]?.startsWith('refused')));
  return both.map((cells) => (cells[1] ?? '').replaceAll('`', ''));
}

/** How alike a picture is to a frame of its clip; null where ffmpeg decodes none. */
async function likenessOf(bytes: Uint8Array, picture: Uint8Array): Promise<number | null> {
  const [file, path] = ['hostile', 'picture.webp'].map((part) => join(harness.folder, '..', part));
  await writeFile(file ?? '', bytes);
  await writeFile(path ?? '', picture);
  const [, width = 0, height = 0] = (await pictureFacts(picture)).split(',').map(Number);
  const demuxer = sniffVideo(bytes) ?? 'mov';
  return likenessToAny(file ?? '', { path: path ?? '', width, height }, demuxer);
}

/** The largest that a child was; 0 where the system doesn't tell. */
async function largestChild(): Promise<number> {
  const text = await readFile(peaks, 'utf8').catch(() => '');
  return Math.max(
    0,
    ...[...text.matchAll(/VmHWM:\s+(\d+) kB/g)].map(([, kB]) => Number(kB) * 1024),
  );
}

describe(`hostile media (${sharedMedia ?? 'generated files, no shared corpus here'})`, () => {
  let mp4: Buffer;
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
    peaks = join(harness.folder, '..', 'peaks');
    const watch = (tool: string): Promise<string> =>
      harness.script(
        tool,
        `${tool} "$@" & p=$!
while grep VmHWM /proc/$p/status >>"${peaks}" 2>/dev/null; do sleep 0.02; done
wait $p`,
      );
    tools = { ffmpegPath: await watch('ffmpeg'), ffprobePath: await watch('ffprobe') };
    const [url, startedAt] = [harness.cdn.put('/ordinary.mp4', mp4), Date.now()];
    // Two at a time, as below.
    await Promise.all([harness.thumbnail(url, tools), harness.thumbnail(url, tools)]);
    limitMs = Math.max(LIMIT_MS, ORDINARY_CLIPS * (Date.now() - startedAt));
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('files that are no video, or point elsewhere, are refused and nothing is read of what they name', async () => {
    // What they name is a sound video: following it would give a picture.
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
    const files = Object.entries(made).map(([name, bytes]): [string, () => Promise<Uint8Array>] => [
      name,
      () => Promise.resolve(bytes),
    ]);
    const outcomes = await outcomesOf(files);
    assert.deepEqual(
      [...outcomes].filter(([, outcome]) => outcome === 'picture'),
      [],
    );
    assert.equal(outcomes.size, files.length);
  });

  test('a file cut or damaged anywhere ends in a picture or a refusal', async () => {
    const damaged = Array.from({ length: 16 }, (_, n): [string, () => Promise<Uint8Array>] => {
      const bytes = Buffer.from(n % 2 ? mp4 : mp4.subarray(0, (mp4.length * (n + 1)) / 17));
      for (let at = n * 31; at < bytes.length; at += 4099) bytes.writeUInt8((at * 13) % 256, at);
      return [`damaged-${n}`, () => Promise.resolve(bytes)];
    });
    assert.equal((await outcomesOf(damaged)).size, 16);
  });

  if (hostile.length > 0) {
    test(`each of the ${hostile.length} hostile files of the corpus ends in a picture or a refusal, within its limits`, async () => {
      const rssBefore = process.memoryUsage.rss();
      let rssMost = rssBefore;
      const timer = setInterval(() => {
        rssMost = Math.max(rssMost, process.memoryUsage.rss());
      }, 20);
      const outcomes = await outcomesOf(named(hostile));
      clearInterval(timer);
      assert.equal(outcomes.size, hostile.length);
      const refused = refusedByBoth();
      assert.ok(refused.length > 40);
      assert.deepEqual(
        refused.filter((name) => outcomes.get(name) !== 'refused'),
        [],
      );
      for (const name of ['one-by-one.mp4', 'two-by-two-thousand.mp4', 'two-moov.mp4'])
        assert.equal(outcomes.get(name), 'picture', name);
      const child = await largestChild();
      assert.ok(child < MAX_CHILD, `a child had ${child} bytes`);
      if (process.platform === 'linux') assert.ok(child > 10 * MEGABYTE, 'no child was watched');
      const growth = rssMost - rssBefore;
      assert.ok(growth < MAX_GROWTH, `the worker grew by ${growth} bytes`);
    });

    test('their pictures are frames of theirs, as ffmpeg decodes them', async (t) => {
      let compared = 0;
      for (const { name, bytes } of hostile) {
        const picture = pictures.get(name);
        if (!picture || NOT_ALIKE.includes(name)) continue;
        const likeness = await likenessOf(bytes(), picture);
        t.diagnostic(`${name}: ${likeness ?? 'ffmpeg decodes none'}`);
        if (likeness === null) continue;
        compared += 1;
        assert.ok(likeness >= ALIKE, `${name}: SSIM ${likeness}`);
      }
      assert.ok(compared > 20, `${compared} were compared`);
    });
  }
});
