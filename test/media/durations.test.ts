import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { MediaFacts } from '../../src/clip/state.ts';
import { keyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { box, edited } from './support/edit-boxes.ts';
import { clip } from './support/make-clip.ts';

const FRAGMENTS = 'frag_keyframe+empty_moov+default_base_moof';

async function look(bytes: Buffer): Promise<{ facts: MediaFacts; moments: number[] }> {
  const clip = await openClip({
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  });
  const facts = await readFacts(clip);
  const moments: number[] = [];
  for await (const { atSeconds } of keyFrames(clip, facts.durationSeconds)) moments.push(atSeconds);
  clip.close();
  return { facts, moments };
}

/** Sets a duration of four bytes to ones. */
const unknown = (content: Buffer): Buffer => Buffer.from(content).fill(0xff, 16, 20);
/** The same header with numbers of eight bytes, the duration all ones. */
const unknownLong = (content: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([1, 0, 0, 0]),
    Buffer.alloc(16),
    content.subarray(12, 16),
    Buffer.alloc(8, 0xff),
    content.subarray(20),
  ]);

describe('how long a clip is', () => {
  let mp4: Buffer;
  /** Ten fragments of 0.2 s; six are read. */
  let fragmented: Buffer;
  before(async () => {
    mp4 = await clip('160x120');
    fragmented = await clip('160x120', '-g', '2', '-movflags', FRAGMENTS);
  });

  for (const [name, ones] of Object.entries({ 'four bytes': unknown, 'eight bytes': unknownLong }))
    test(`a duration of ones in ${name} is none: the frames tell`, async () => {
      const header = edited(mp4, 'moov/mvhd', ones);
      assert.equal((await look(header)).facts.durationSeconds, 2);
      const both = edited(header, 'moov/trak/mdia/mdhd', ones);
      assert.equal((await look(both)).facts.durationSeconds, 2);
    });

  test('fragments tell by themselves where all were read, and else not', async () => {
    const three = await clip('160x120', '-g', '8', '-movflags', FRAGMENTS);
    assert.equal((await look(three)).facts.durationSeconds, 2);
    assert.equal((await look(fragmented)).facts.durationSeconds, undefined);
  });

  test('a file of many fragments says it in its header of fragments', async () => {
    const timescale = fragmented.readUInt32BE(fragmented.indexOf('mvhd') + 4 + 12);
    const said = (mehd: Buffer): Buffer =>
      edited(fragmented, 'moov/mvex', (content) => Buffer.concat([mehd, content]));
    const { facts, moments } = await look(said(box('mehd', 0, 600 * timescale)));
    assert.equal(facts.durationSeconds, 600);
    // Of ten minutes one second is read: it is looked at all over, and not at its end alone.
    assert.deepEqual(moments, [0, 0.4, 0.6]);
    const unsaid = await look(said(box('mehd', 0, 0xffff_ffff)));
    assert.equal(unsaid.facts.durationSeconds, undefined);
  });

  test('or in its index, where that covers the whole file', async () => {
    const indexed = await clip('160x120', '-g', '2', '-movflags', `${FRAGMENTS}+global_sidx`);
    assert.ok(indexed.includes('sidx'));
    assert.equal((await look(indexed)).facts.durationSeconds, 2);
    const longer = Buffer.concat([indexed, indexed.subarray(indexed.indexOf('moof') - 4)]);
    assert.equal((await look(longer)).facts.durationSeconds, undefined);
  });
});
