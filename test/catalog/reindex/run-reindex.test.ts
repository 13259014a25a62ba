import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createProgressLines } from '../../../src/catalog/reindex/progress-lines.ts';
import { runReindex } from '../../../src/catalog/reindex/run-reindex.ts';
import { serviceFailed } from '../../../src/errors.ts';
import { stage } from '../reconcile/stage.ts';

async function stageReindex(t: TestContext) {
  const staged = await stage(t);
  const printed: string[] = [];
  const stopping = new AbortController();
  const parts = {
    ...staged.parts,
    location: 'gs://clips',
    print: (line: string) => void printed.push(line),
  };
  const run = () => runReindex(parts, stopping.signal);
  return { ...staged, printed, stopping, run };
}

describe('npm run reindex', () => {
  test('a reindex prints where the bucket is, how far it is and what it did, and exits with 0', async (t) => {
    const { run, printed, putRecord, put } = await stageReindex(t);
    for (let n = 0; n < 3; n++) await putRecord(n);
    await put('channels/1196521684992000000.json', 'broken');
    assert.equal(await run(), 0);
    assert.deepEqual(printed, [
      'Comparing the catalog with gs://clips.',
      'left out channels/1196521684992000000.json, which is not what its name says',
      '3 of about 3 clips',
      'The catalog is complete: 4 objects, 4 of them read, 1 unreadable; 0 removed; 1 s.',
    ]);
  });

  test('while another process reconciles, a reindex says how far that process is and exits with 1', async (t) => {
    const { run, printed, fake } = await stageReindex(t);
    fake.owner = 'npm start';
    fake.reports.push({ done: 12_400, total: 100_000 });
    assert.equal(await run(), 1);
    assert.equal(
      printed.at(-1),
      'Another process is already comparing the catalog with the bucket (12,400 of about 100,000 clips). Wait until it has finished.',
    );
  });

  test('if the bucket fails, a reindex says why and that it can go on, and exits with 1', async (t) => {
    const { run, printed, putRecord, beforeRead } = await stageReindex(t);
    await putRecord(1);
    beforeRead.add(serviceFailed('access to bucket clips denied'));
    assert.equal(await run(), 1);
    assert.equal(
      printed.at(-1),
      'The reindex stopped: access to bucket clips denied. What was read is kept; run it again.',
    );
  });

  test('Ctrl-C stops a reindex with exit code 130', async (t) => {
    const { run, printed, putRecord, beforeRead, stopping } = await stageReindex(t);
    for (let n = 0; n < 40; n++) await putRecord(n);
    beforeRead.add(() => {
      stopping.abort();
    });
    assert.equal(await run(), 130);
    assert.match(printed.at(-1) ?? '', /^Stopped\. What was read is kept/);
  });
});

describe('progress lines', () => {
  test('a line has the counts, the rate of the last reports and an estimate', () => {
    let nowMs = 0;
    const line = createProgressLines(() => nowMs);
    const at = (seconds: number, done: number, total: number | null = 100_000) => {
      nowMs = seconds * 1000;
      return line({ done, total });
    };
    assert.equal(at(0, 0, null), 'counting the clips in the bucket');
    assert.equal(at(2, 0), '0 of about 100,000 clips');
    assert.equal(at(12, 12_400), '12,400 of about 100,000 clips, 1,033 a second, about 85 s left');
    assert.equal(at(14, 12_400), null, 'nothing changed');
    assert.equal(at(400, 20_000), '20,000 of about 100,000 clips, 50 a second, about 27 min left');
    assert.equal(at(500, 100_000), '100,000 of about 100,000 clips');
  });

  test('clips that were up to date at the start do not distort the estimate for long', () => {
    let nowMs = 0;
    const line = createProgressLines(() => nowMs);
    line({ done: 0, total: 100_000 });
    let last: string | null = null;
    for (let report = 1; report <= 20; report++) {
      nowMs = report * 2000;
      last = line({ done: 50_000 + report * 200, total: 100_000 });
    }
    assert.equal(last, '54,000 of about 100,000 clips, 100 a second, about 8 min left');
  });
});
