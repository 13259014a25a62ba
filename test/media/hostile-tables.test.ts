import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { box, edited } from './support/edit-boxes.ts';
import { runCase } from './support/fuzz-case.ts';
import { clip } from './support/make-clip.ts';

/** Of an ordinary clip it is some 10 ms. */
const MAX_CPU_MS = 600;
const STBL = 'moov/trak/mdia/minf/stbl';
const FRAGMENTS = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
/** As many bytes as `moov` may have, nearly. */
const MUCH = 7 * 1024 * 1024;
/** As many as `moof` may have, nearly. */
const MUCH_OF_A_FRAGMENT = 500 * 1024;

const times = (count: number, part: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: Math.floor(count) }, () => part));

/** Grows a table by entries of `size` bytes, all of them zero. */
const emptied = (
  file: Buffer,
  table: string,
  size: number,
  entries = Math.floor(MUCH / size),
): Buffer =>
  edited(file, `${STBL}/${table}`, (content) => {
    const grown = Buffer.concat([content, Buffer.alloc(entries * size)]);
    grown.writeUInt32BE(content.readUInt32BE(4) + entries, 4);
    return grown;
  });

describe('what is too much to be read in parts', () => {
  let mp4: Buffer;
  let fragmented: Buffer;
  before(async () => {
    mp4 = await clip('160x120', '-g', '5', '-bf', '2');
    fragmented = await clip('160x120', '-g', '5', ...FRAGMENTS);
  });

  /** Reads a file; it has to end with this, and soon. */
  async function ends(file: Buffer, outcome: string): Promise<void> {
    const result = await runCase(file);
    assert.equal(result.outcome, outcome);
    assert.ok(result.cpuMs < MAX_CPU_MS, `${result.cpuMs} ms`);
  }

  test('the clips that are changed here are read as they are', async () => {
    await ends(mp4, 'read');
    await ends(fragmented, 'read');
  });

  for (const [table, size] of [
    ['stts', 8],
    ['ctts', 8],
    ['stsc', 12],
  ] as const) {
    test(`a ${table} of ${Math.floor(MUCH / size)} entries that say nothing`, async () => {
      await ends(emptied(mp4, table, size), 'limits');
      await ends(emptied(mp4, table, size, 1001), 'structure');
      const few = await runCase(emptied(mp4, table, size, 1));
      assert.notEqual(few.outcome, 'structure');
    });
  }

  test('a track with two tables of a kind', async () => {
    const again = edited(mp4, STBL, (content) => {
      const at = content.indexOf('stts') - 4;
      const table = content.subarray(at, at + content.readUInt32BE(at));
      return Buffer.concat([content, table]);
    });
    await ends(again, 'structure');
  });

  for (const [table, size] of [
    ['stss', 4],
    ['stco', 4],
  ] as const) {
    test(`a ${table} of more entries than a video has frames`, async () => {
      await ends(emptied(mp4, table, size), 'limits');
    });
  }

  test('an edit list without end', async () => {
    const list = edited(mp4, 'moov/trak/edts/elst', (content) => {
      const entries = Math.floor(MUCH / 12);
      const grown = Buffer.concat([content, Buffer.alloc(entries * 12, 0xff)]);
      grown.writeUInt32BE(entries, 4);
      return grown;
    });
    await ends(list, 'limits');
  });

  test('sample entries and data references without end', async () => {
    const nothing = times(MUCH / 8, box('abcd'));
    await ends(
      edited(mp4, `${STBL}/stsd`, (content) => {
        const [entry, children] = [content.subarray(8, 8 + 86), content.subarray(8 + 86)];
        const grown = box('avc1', entry.subarray(8), children, nothing);
        return Buffer.concat([content.subarray(0, 8), grown]);
      }),
      'limits',
    );
    await ends(
      edited(mp4, 'moov/trak/mdia/minf/dinf/dref', (content) =>
        Buffer.concat([content, times(MUCH / 12, box('url ', 1))]),
      ),
      'limits',
    );
  });

  test('more tracks than any file has, and fragments of each of them', async () => {
    const track = (id: number): Buffer => {
      const header = Buffer.alloc(84);
      header.writeUInt32BE(id, 12);
      return box('trak', box('tkhd', header));
    };
    const tracks = Array.from({ length: 9000 }, (_, n) => track(n + 2));
    const many = edited(fragmented, 'moov', (content) => Buffer.concat([content, ...tracks]));
    const fragment = times(MUCH_OF_A_FRAGMENT / 24, box('traf', box('tfhd', 0, 9001)));
    await ends(
      edited(many, 'moof', (content) => Buffer.concat([content, fragment])),
      'limits',
    );
  });

  test('a fragment of very many boxes', async () => {
    const boxes = times(MUCH_OF_A_FRAGMENT / 8, box('traf'));
    await ends(
      edited(fragmented, 'moof', (content) => Buffer.concat([content, boxes])),
      'limits',
    );
  });

  test('a fragment that tells of one track again and again', async () => {
    const run = (frames: number): Buffer =>
      // Its frames have a default duration, size and flags.
      box('traf', box('tfhd', 0x38, 1, 512, 10, 0), box('trun', 0, frames));
    const runs = Buffer.concat([run(14_000), times(1000, run(1))]);
    await ends(
      edited(fragmented, 'moof', (content) => Buffer.concat([content.subarray(0, 16), runs])),
      'limits',
    );
  });
});
