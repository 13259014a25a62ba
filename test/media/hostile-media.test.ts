import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isFailure } from '../../src/errors.ts';
import { sniffImage } from '../../src/media/sniff.ts';
import { clip, ffmpegBytes } from './make-clip.ts';
import { type MediaHarness, startMediaHarness } from './media-harness.ts';

const corpus = fileURLToPath(new URL('../../../shared/media', import.meta.url));
const LIMIT_MS = 10_000;
let harness: MediaHarness;

type Outcome = 'picture' | 'refused';

/** Ends in a picture or a refusal in a sentence of ours, in time; anything else fails the test. */
async function outcomeOf(name: string, bytes: Uint8Array): Promise<Outcome> {
  const url = harness.cdn.put(`/hostile/${encodeURIComponent(name)}`, bytes);
  const startedAt = Date.now();
  const outcome = await harness.thumbnail(url).then(
    ({ picture }): Outcome => {
      assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp', name);
      return 'picture';
    },
    (error: unknown): Outcome => {
      const known = isFailure(error, 'MediaUnreadable') || isFailure(error, 'MediaTooLarge');
      assert.ok(known, `${name}: ${String(error)}`);
      assert.doesNotMatch(String(error), /\/|ffmpeg|0x/, name);
      return 'refused';
    },
  );
  assert.ok(Date.now() - startedAt < LIMIT_MS, `${name} took ${Date.now() - startedAt} ms`);
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

const filesOf = (kind: string): [string, () => Promise<Uint8Array>][] => {
  const folder = join(corpus, kind);
  return readdirSync(folder).map((name) => [name, () => readFile(join(folder, name))]);
};

describe('hostile media', () => {
  let mp4: Buffer;
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
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
    const hostile: Record<string, Uint8Array> = {
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
    };
    const files = Object.entries(hostile).map(
      ([name, bytes]): [string, () => Promise<Uint8Array>] => [name, () => Promise.resolve(bytes)],
    );
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

  if (existsSync(corpus)) {
    const [hostile, real] = [filesOf('hostile'), filesOf('real')];

    test(`each of the ${hostile.length} hostile files of the corpus ends in a picture or a refusal`, async () => {
      const outcomes = await outcomesOf(hostile);
      assert.equal(outcomes.size, hostile.length);
      for (const [name, outcome] of outcomes) {
        if (/^(hls|concat|dash|sdp|svg|text|png|json|html|audio|cover|empty|real)/.test(name)) {
          assert.equal(outcome, 'refused', name);
        }
      }
      assert.equal(outcomes.get('one-by-one.mp4'), 'picture');
    });

    test(`each of the ${real.length} real files of the corpus that has a video gives a picture`, async () => {
      const outcomes = await outcomesOf(real);
      assert.equal(outcomes.size, real.length);
      const refused = [...outcomes].filter(([, outcome]) => outcome === 'refused');
      assert.deepEqual(refused, [['rails-video_without_video_stream.mp4', 'refused']]);
    });
  }
});
