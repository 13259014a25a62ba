import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PartialReadError } from '../../src/media/fallback.ts';
import { choosePicture, type FrameAt } from '../../src/media/ffmpeg/picture.ts';
import { TimeBudget } from '../../src/media/ffmpeg/limits.ts';
import { ALIKE, likenessAt } from './support/likeness.ts';
import { clip } from './support/make-clip.ts';

/** One frame each: black, a grey box on black that is hard to see, a picture. */
const FILTERS = {
  black: 'drawbox=t=fill:c=black',
  dull: 'drawbox=t=fill:c=black,drawbox=t=fill:c=0x202020:w=iw/2',
  bright: 'null',
};
type Name = keyof typeof FILTERS | 'broken';
let folder: string;
const fileOf = (name: Name): string => join(folder, `${name}.mp4`);

describe('which frame becomes the picture', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-maker-'));
    for (const [name, filter] of Object.entries(FILTERS))
      await writeFile(fileOf(name as Name), await clip('160x120', '-vf', filter, '-frames:v', '1'));
    await writeFile(fileOf('broken'), 'no video');
  });
  after(() => rm(folder, { recursive: true }));

  /** The frames that were looked at, and the one that the picture shows. */
  async function choose(names: Name[], maxFailures = 2, broken?: Error) {
    const looked: Name[] = [];
    function* frames(): Generator<FrameAt> {
      for (const name of names) {
        looked.push(name);
        yield { file: fileOf(name), demuxer: 'mov', stream: 0, atSeconds: 0, hdr: null };
      }
      if (broken) throw broken;
    }
    const options = {
      ...({ ffmpegPath: 'ffmpeg', format: 'png', budget: new TimeBudget(20_000) } as const),
      ...{ signal: new AbortController().signal, onFacts: () => undefined },
    };
    const made = await choosePicture(frames(), options, maxFailures);
    if (made === null) return { looked, shown: null };
    const picture = join(folder, 'made.png');
    await writeFile(picture, made.bytes);
    for (const name of ['black', 'dull', 'bright'] as const)
      if ((await likenessAt(fileOf(name), picture, 0)) > ALIKE) return { looked, shown: name };
    return { looked, shown: 'another' };
  }

  test('the first that has enough to see; later ones are not looked at', async () => {
    assert.deepEqual(await choose(['bright', 'dull']), { looked: ['bright'], shown: 'bright' });
    const blackFirst = await choose(['black', 'bright', 'dull']);
    assert.deepEqual(blackFirst, { looked: ['black', 'bright'], shown: 'bright' });
  });

  test('of dull ones the best, wherever it stands, and a black one rather than none', async () => {
    assert.equal((await choose(['black', 'dull', 'black'])).shown, 'dull');
    assert.equal((await choose(['dull', 'black'])).shown, 'dull');
    assert.equal((await choose(['black'])).shown, 'black');
  });

  test('one that gives no picture is passed over, but not many', async () => {
    assert.equal((await choose(['broken', 'bright'])).shown, 'bright');
    const many = await choose(['broken', 'broken', 'bright']);
    assert.deepEqual(many, { looked: ['broken', 'broken'], shown: null });
  });

  test('where the next can not be read in parts a dull one is taken; without one that is told', async () => {
    const unread = new PartialReadError('limits', 'it takes too many bytes');
    assert.equal((await choose(['dull'], 2, unread)).shown, 'dull');
    await assert.rejects(choose(['broken'], 2, unread), unread);
  });
});
