import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { MediaFacts } from '../../src/clip/state.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { keyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { box, edited } from './support/edit-boxes.ts';
import { clip } from './support/make-clip.ts';

const FRAGMENTS = 'frag_keyframe+empty_moov+default_base_moof';

/** Reads a clip's facts, and the times of the key frames from which its picture may come. */
async function readClip(bytes: Buffer): Promise<{ facts: MediaFacts; moments: number[] }> {
  const clip = await openClip({
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  });
  const facts = await readFacts(clip);
  const moments: number[] = [];
  for await (const { atSeconds } of keyFrames(clip, facts)) moments.push(atSeconds);
  clip.close();
  return { facts, moments };
}

async function durationOf(bytes: Buffer): Promise<number | undefined> {
  return (await readClip(bytes)).facts.durationSeconds;
}

/** Removes the index of fragments at the end of the file (`mfra`). */
const withoutIndex = (file: Buffer): Buffer => file.subarray(0, file.lastIndexOf('mfra') - 4);

/** Sets the duration in a header. */
const withSeconds =
  (seconds: number) =>
  (content: Buffer): Buffer => {
    const changed = Buffer.from(content);
    changed.writeUInt32BE(seconds * content.readUInt32BE(12), 16);
    return changed;
  };

/** Sets all bits of the duration in a header to 1, which means that the duration is unknown. */
const withoutDuration = (content: Buffer): Buffer => Buffer.from(content).fill(0xff, 16, 20);
/** Like `withoutDuration`, but for the version of the header whose numbers have eight bytes. */
const withoutLongDuration = (content: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([1, 0, 0, 0]),
    Buffer.alloc(16),
    content.subarray(12, 16),
    Buffer.alloc(8, 0xff),
    content.subarray(20),
  ]);

describe('durations', () => {
  let mp4: Buffer;
  /** A clip of ten fragments of 0.2 s each. The reader reads only six of the fragments. */
  let fragmented: Buffer;
  before(async () => {
    mp4 = await clip('160x120');
    fragmented = await clip('160x120', '-g', '2', '-movflags', FRAGMENTS);
  });

  for (const [name, change] of Object.entries({
    'four bytes': withoutDuration,
    'eight bytes': withoutLongDuration,
  }))
    test(`if all ${name} of the duration in the header are 0xff, the duration is calculated from the frames`, async () => {
      const header = edited(mp4, 'moov/mvhd', change);
      assert.equal(await durationOf(header), 2);
      const both = edited(header, 'moov/trak/mdia/mdhd', change);
      assert.equal(await durationOf(both), 2);
    });

  test('if only some fragments of a clip are read, the duration is not calculated from the fragments', async () => {
    const three = await clip('160x120', '-g', '8', '-movflags', FRAGMENTS);
    assert.equal(await durationOf(three), 2);
    assert.equal(await durationOf(withoutIndex(fragmented)), undefined);
  });

  test('if a clip has many fragments, the duration comes from the mehd box', async () => {
    const timescale = fragmented.readUInt32BE(fragmented.indexOf('mvhd') + 4 + 12);
    const withHeader = (mehd: Buffer): Buffer =>
      edited(fragmented, 'moov/mvex', (content) => Buffer.concat([mehd, content]));
    const { facts, moments } = await readClip(withHeader(box('mehd', 0, 600 * timescale)));
    assert.equal(facts.durationSeconds, 600);
    // The reader reads one second of a clip of ten minutes. The times are spread over this second and are not all at
    // its end.
    assert.deepEqual(moments, [0, 0.4, 0.6, 0.8]);
    assert.equal(await durationOf(withHeader(box('mehd', 0, 0xffff_ffff))), undefined);
  });

  test('if the index in the sidx box does not cover the whole file, the duration is unknown', async () => {
    const indexed = await clip('160x120', '-g', '2', '-movflags', `${FRAGMENTS}+global_sidx`);
    assert.ok(indexed.includes('sidx'));
    assert.equal(await durationOf(indexed), 2);
    const longer = Buffer.concat([indexed, indexed.subarray(indexed.indexOf('moof') - 4)]);
    assert.equal(await durationOf(longer), undefined);
  });

  test('if all fragments were read, their frames are counted, even if the header names another duration', async () => {
    const three = await clip('160x120', '-g', '8', '-movflags', FRAGMENTS);
    const wrong = edited(three, 'moov/mvhd', withSeconds(19_063));
    assert.equal(await durationOf(wrong), 2);
    const more = await durationOf(edited(fragmented, 'moov/mvhd', withSeconds(500)));
    assert.equal(more, 500);
  });

  test('if nothing else names the duration of a fragmented clip, it comes from the last fragment', async () => {
    assert.equal(await durationOf(fragmented), 2);
    const noTimes = Buffer.from(fragmented);
    for (let at = noTimes.indexOf('tfdt'); at !== -1; at = noTimes.indexOf('tfdt', at))
      noTimes.write('free', at, 'latin1');
    assert.equal(await durationOf(noTimes), undefined);
    const damaged = Buffer.from(fragmented);
    damaged.fill(0xff, damaged.lastIndexOf('tfra') + 16, damaged.length - 16);
    assert.equal(await durationOf(damaged), undefined);
  });

  test('the frame rate of a fragmented clip with B-frames comes from the durations of its frames', async () => {
    const coding = ['-bf', '3', '-g', '4', '-x264-params', 'b-adapt=0:scenecut=0'];
    const reordered = await clip('160x120', ...coding, '-movflags', FRAGMENTS);
    assert.equal((await readClip(reordered)).facts.frameRate, 10);
  });
});
