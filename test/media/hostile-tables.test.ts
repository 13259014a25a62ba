import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { box, edited } from './support/edit-boxes.ts';
import { runCase } from './support/fuzz-case.ts';
import { clip } from './support/make-clip.ts';

/** An ordinary clip takes about 10 ms. */
const MAX_CPU_MS = 600;
const STBL = 'moov/trak/mdia/minf/stbl';
const FRAGMENTS = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
/** Slightly less than the largest size of `moov` that is read. */
const MANY_BYTES = 7 * 1024 * 1024;
/** Slightly less than the largest size of `moof` that is read. */
const MANY_FRAGMENT_BYTES = 500 * 1024;
/** The most empty entries that a table may have. */
const MAX_EMPTY_ENTRIES = 1000;

function repeat(count: number, part: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: Math.floor(count) }, () => part));
}

/** Adds entries of zeros to a table. */
function withEmptyEntries(
  file: Buffer,
  table: string,
  entryBytes: number,
  entries = Math.floor(MANY_BYTES / entryBytes),
): Buffer {
  return edited(file, `${STBL}/${table}`, (content) => {
    const grown = Buffer.concat([content, Buffer.alloc(entries * entryBytes)]);
    grown.writeUInt32BE(content.readUInt32BE(4) + entries, 4);
    return grown;
  });
}

describe('files that would take too much work', () => {
  let mp4: Buffer;
  let fragmented: Buffer;
  before(async () => {
    mp4 = await clip('160x120', '-g', '5', '-bf', '2');
    fragmented = await clip('160x120', '-g', '5', ...FRAGMENTS);
  });

  /** Asserts that reading a file has this outcome and stays within the time limit. */
  async function assertOutcome(file: Buffer, outcome: string): Promise<void> {
    const result = await runCase(file);
    assert.equal(result.outcome, outcome);
    assert.ok(result.cpuMs < MAX_CPU_MS, `${result.cpuMs} ms`);
  }

  test('the byte-range reader can read the original clips, from which the hostile clips are made', async () => {
    await assertOutcome(mp4, 'read');
    await assertOutcome(fragmented, 'read');
  });

  for (const [table, entryBytes] of [
    ['stts', 8],
    ['ctts', 8],
    ['stsc', 12],
  ] as const) {
    const many = Math.floor(MANY_BYTES / entryBytes);
    test(`the byte-range reader rejects a clip with ${many} empty entries in the ${table} table`, async () => {
      await assertOutcome(withEmptyEntries(mp4, table, entryBytes), 'limits');
      const justTooMany = withEmptyEntries(mp4, table, entryBytes, MAX_EMPTY_ENTRIES + 1);
      await assertOutcome(justTooMany, 'structure');
      const one = await runCase(withEmptyEntries(mp4, table, entryBytes, 1));
      assert.notEqual(one.outcome, 'structure');
    });
  }

  test('the byte-range reader rejects a clip with two tables of the same name in one track', async () => {
    const twice = edited(mp4, STBL, (content) => {
      const at = content.indexOf('stts') - 4;
      const table = content.subarray(at, at + content.readUInt32BE(at));
      return Buffer.concat([content, table]);
    });
    await assertOutcome(twice, 'structure');
  });

  for (const [table, entryBytes] of [
    ['stss', 4],
    ['stco', 4],
  ] as const) {
    test(`the byte-range reader rejects a clip whose ${table} table has more entries than a video can have frames`, async () => {
      await assertOutcome(withEmptyEntries(mp4, table, entryBytes), 'limits');
    });
  }

  test('the byte-range reader rejects a clip with an extremely long edit list', async () => {
    const list = edited(mp4, 'moov/trak/edts/elst', (content) => {
      const entries = Math.floor(MANY_BYTES / 12);
      const grown = Buffer.concat([content, Buffer.alloc(entries * 12, 0xff)]);
      grown.writeUInt32BE(entries, 4);
      return grown;
    });
    await assertOutcome(list, 'limits');
  });

  test('the byte-range reader rejects a clip with an extremely large sample entry', async () => {
    const emptyBoxes = repeat(MANY_BYTES / 8, box('abcd'));
    const endless = edited(mp4, `${STBL}/stsd`, (content) => {
      const entry = content.subarray(8, 8 + 86);
      const children = content.subarray(8 + 86);
      const grown = box('avc1', entry.subarray(8), children, emptyBoxes);
      return Buffer.concat([content.subarray(0, 8), grown]);
    });
    await assertOutcome(endless, 'limits');
  });

  test('the byte-range reader rejects a clip with an extremely large number of data references', async () => {
    const references = repeat(MANY_BYTES / 12, box('url ', 1));
    const endless = edited(mp4, 'moov/trak/mdia/minf/dinf/dref', (content) =>
      Buffer.concat([content, references]),
    );
    await assertOutcome(endless, 'limits');
  });

  test('the byte-range reader rejects a clip with 9,000 tracks and 21,000 traf boxes in one fragment', async () => {
    const track = (id: number): Buffer => {
      const header = Buffer.alloc(84);
      header.writeUInt32BE(id, 12);
      return box('trak', box('tkhd', header));
    };
    const tracks = Array.from({ length: 9000 }, (_, n) => track(n + 2));
    const many = edited(fragmented, 'moov', (content) => Buffer.concat([content, ...tracks]));
    const parts = repeat(MANY_FRAGMENT_BYTES / 24, box('traf', box('tfhd', 0, 9001)));
    const file = edited(many, 'moof', (content) => Buffer.concat([content, parts]));
    await assertOutcome(file, 'limits');
  });

  test('the byte-range reader rejects a clip with 64,000 boxes in one fragment', async () => {
    const boxes = repeat(MANY_FRAGMENT_BYTES / 8, box('traf'));
    const file = edited(fragmented, 'moof', (content) => Buffer.concat([content, boxes]));
    await assertOutcome(file, 'limits');
  });

  test('the byte-range reader rejects a clip with 1,000 traf boxes of the same track in one fragment', async () => {
    const part = (frames: number): Buffer =>
      // The flags say that all frames have the default duration, size and flags.
      box('traf', box('tfhd', 0x38, 1, 512, 10, 0), box('trun', 0, frames));
    const parts = Buffer.concat([part(14_000), repeat(1000, part(1))]);
    const file = edited(fragmented, 'moof', (content) =>
      Buffer.concat([content.subarray(0, 16), parts]),
    );
    await assertOutcome(file, 'limits');
  });
});
