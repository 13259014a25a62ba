import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { canToneMap } from '../../src/media/ffmpeg/filter.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const FILTERS = 'echo " .S. zscale  V->V  x"; echo " .S. tonemap  V->V  x"';
let harness: MediaHarness;

describe('tone mapping of HDR', () => {
  before(async () => {
    harness = await startMediaHarness();
  });
  after(() => harness.stop());

  for (const [name, failure] of Object.entries({ fails: 'exit 1', 'is killed': 'kill -9 $$' }))
    test(`if ffmpeg ${name} while listing its filters, the next check for tone mapping runs ffmpeg again`, async () => {
      const calls = join(harness.folder, '..', `calls-${name}`);
      const path = await harness.script(
        `tone ${name}`,
        `echo >>"${calls}"; [ $(wc -l <"${calls}") = 1 ] && ${failure}; ${FILTERS}`,
      );
      assert.deepEqual(await Promise.all([canToneMap(path), canToneMap(path)]), [false, false]);
      assert.equal(await canToneMap(path), true);
      assert.equal(await canToneMap(path), true);
      assert.equal((await readFile(calls, 'utf8')).length, 2);
    });

  test('if ffmpeg has no tone mapping filters, the check for tone mapping runs ffmpeg only once', async () => {
    const calls = join(harness.folder, '..', 'calls-none');
    const path = await harness.script('tone none', `echo >>"${calls}"; echo " ... scale  V->V  x"`);
    assert.equal(await canToneMap(path), false);
    assert.equal(await canToneMap(path), false);
    assert.equal((await readFile(calls, 'utf8')).length, 1);
  });
});
