import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openClip } from '../../src/media/mp4/open.ts';
import { namesAvcMatrix } from '../../src/media/video/avc-matrix.ts';
import { clip } from './support/make-clip.ts';

/** Returns the decoder settings (`avcC`) of a small clip. */
async function settingsOf(...options: string[]): Promise<Uint8Array> {
  const bytes = await clip('64x64', '-frames:v', '1', ...options);
  const opened = await openClip({
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  });
  const { description } = (await opened.track.getDecoderConfig()) as { description?: Uint8Array };
  opened.close();
  return description ?? assert.fail('no settings');
}

const matrix = (name: string): string[] => ['-x264-params', `colormatrix=${name}`];
let fcc: Uint8Array;

describe('the colour matrix in the settings of an H.264 decoder', () => {
  before(async () => {
    fcc = await settingsOf(...matrix('fcc'));
  });

  test('every matrix counts, also one that Mediabunny has no name for', async () => {
    assert.ok(namesAvcMatrix(fcc));
    assert.ok(namesAvcMatrix(await settingsOf(...matrix('smpte240m'), '-profile:v', 'high')));
    const lists = ['-x264-params', 'cqm=jvt:colormatrix=YCgCo:sar=7/5:overscan=show'];
    assert.ok(namesAvcMatrix(await settingsOf('-preset', 'medium', ...lists)));
  });

  test('without a matrix, or with the value "unspecified", none is named', async () => {
    assert.ok(!namesAvcMatrix(await settingsOf()));
    const primaries = ['-x264-params', 'colorprim=bt709:colormatrix=undef'];
    assert.ok(!namesAvcMatrix(await settingsOf(...primaries)));
  });

  test('settings that are cut off name no matrix', () => {
    for (let length = 0; length < 20; length++) assert.ok(!namesAvcMatrix(fcc.subarray(0, length)));
  });
});
