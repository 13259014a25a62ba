import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { box, edited } from './support/edit-boxes.ts';
import { runCase } from './support/fuzz-case.ts';
import { clip } from './support/make-clip.ts';

const text = (words: string): Buffer => Buffer.from(`${words}\0`, 'latin1');
/** An alias of an old Macintosh. The alias starts with zeros, and the file's name comes later. */
const alias = Buffer.concat([Buffer.alloc(8), text('Macintosh HD:etc:passwd'), Buffer.alloc(80)]);

describe('data references', () => {
  let mp4: Buffer;
  before(async () => {
    mp4 = await clip('160x120');
  });

  /** Reads the clip with these data references instead of its own. */
  const outcomeWith = async (...entries: Buffer[]): Promise<string> => {
    const { outcome } = await runCase(
      edited(mp4, 'moov/trak/mdia/minf/dinf/dref', (content) => {
        const header = Buffer.from(content.subarray(0, 8));
        header.writeUInt32BE(entries.length, 4);
        return Buffer.concat([header, ...entries]);
      }),
    );
    return outcome;
  };

  test('if the data references of a clip point to no other file, the clip can be read', async () => {
    assert.equal(await outcomeWith(box('url ', 1)), 'read');
    assert.equal(await outcomeWith(box('alis', 1)), 'read');
    assert.equal(await outcomeWith(box('url ', 0)), 'read');
    assert.equal(await outcomeWith(box('url ', 0, text(''))), 'read');
    assert.equal(await outcomeWith(box('url ', 0x01_00_00_01)), 'read');
  });

  test('if any data reference of a clip points to another file, the clip is unreadable', async () => {
    assert.equal(await outcomeWith(box('url ', 0, text('file:///etc/passwd'))), 'MediaUnreadable');
    assert.equal(await outcomeWith(box('url ', 2, text('../x.mp4'))), 'MediaUnreadable');
    const urn = box('urn ', 0, text('urn:x'), text('http://localhost/x.mp4'));
    assert.equal(await outcomeWith(urn), 'MediaUnreadable');
    assert.equal(await outcomeWith(box('alis', 0, alias)), 'MediaUnreadable');
    const second = [box('url ', 1), box('url ', 0, text('x'))];
    assert.equal(await outcomeWith(...second), 'MediaUnreadable');
  });
});
