import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Picture } from '../../src/activities/ports.ts';
import { PartialReadError } from '../../src/media/fallback.ts';
import { TimeBudget } from '../../src/media/ffmpeg/limits.ts';
import { choosePicture, type FrameAt } from '../../src/media/ffmpeg/picture.ts';
import { likenessAt, MIN_LIKENESS } from './support/likeness.ts';
import { clip } from './support/make-clip.ts';

/** Videos of one frame, which shows black, a dark grey box on black, or a test picture. */
const FILTERS = {
  black: 'drawbox=t=fill:c=black',
  dull: 'drawbox=t=fill:c=black,drawbox=t=fill:c=0x202020:w=iw/2',
  bright: 'null',
};
const NO_HDR = { hdr: null, assumesBt709: false };
type Name = keyof typeof FILTERS | 'broken';
let folder: string;
const fileOf = (name: Name): string => join(folder, `${name}.mp4`);

describe('choosing the picture', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-picture-'));
    for (const [name, filter] of Object.entries(FILTERS))
      await writeFile(fileOf(name as Name), await clip('160x120', '-vf', filter, '-frames:v', '1'));
    await writeFile(fileOf('broken'), 'no video');
  });
  after(() => rm(folder, { recursive: true }));

  /** Returns the frames that were decoded, and the frame that the picture shows. */
  async function choose(names: Name[], maxFailures = 2, failure?: Error) {
    const tried: Name[] = [];
    function* frames(): Generator<FrameAt> {
      for (const name of names) {
        tried.push(name);
        yield { file: fileOf(name), demuxer: 'mov', stream: 0, atSeconds: 0, colours: NO_HDR };
      }
      if (failure) throw failure;
    }
    const options = {
      ffmpegPath: 'ffmpeg',
      format: 'png',
      budget: new TimeBudget(20_000),
      signal: new AbortController().signal,
      onFacts: () => undefined,
    } as const;
    const made = await choosePicture(frames(), options, maxFailures);
    if (made === null) return { tried, shown: null };
    const { picture, posterImage } = made.pictures;
    const shown = await shownBy(picture, 'made.png');
    assert.equal(posterImage && (await shownBy(posterImage, 'made.jpg')), shown);
    return { tried, shown };
  }

  async function shownBy({ bytes }: Picture, name: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes);
    for (const video of ['black', 'dull', 'bright'] as const) {
      if ((await likenessAt(fileOf(video), path, 0)) > MIN_LIKENESS) return video;
    }
    return 'another';
  }

  test('the first frame with enough contrast becomes the picture, and later frames are not decoded', async () => {
    assert.deepEqual(await choose(['bright', 'dull']), { tried: ['bright'], shown: 'bright' });
    const blackFirst = await choose(['black', 'bright', 'dull']);
    assert.deepEqual(blackFirst, { tried: ['black', 'bright'], shown: 'bright' });
  });

  test('if no frame has enough contrast, the frame with the most contrast becomes the picture and the poster image', async () => {
    assert.equal((await choose(['black', 'dull', 'black'])).shown, 'dull');
    assert.equal((await choose(['dull', 'black'])).shown, 'dull');
    assert.equal((await choose(['black'])).shown, 'black');
  });

  test('with a limit of two failures, the search for a picture ends at the second frame that cannot be decoded', async () => {
    assert.equal((await choose(['broken', 'bright'])).shown, 'bright');
    const two = await choose(['broken', 'broken', 'bright']);
    assert.deepEqual(two, { tried: ['broken', 'broken'], shown: null });
  });

  test('if reading the next frame fails, an earlier frame becomes the picture, even a frame with little contrast', async () => {
    const unread = new PartialReadError(
      'limits',
      'reading the clip in parts takes too many requests or bytes',
    );
    assert.equal((await choose(['dull'], 2, unread)).shown, 'dull');
    await assert.rejects(choose(['broken'], 2, unread), unread);
  });
});
