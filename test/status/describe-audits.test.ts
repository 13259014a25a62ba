import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { auditReportKey, NO_AUDIT_COUNTS } from '../../src/clip/audit/report.ts';
import { describeAudits } from '../../src/status/describe-audits.ts';
import { readAudits } from '../../src/store/read-audits.ts';
import { createFakeBucket, type FakeBucket } from '../support/fakes/bucket.ts';

function report(bucket: FakeBucket, n: number, day: number, complete: boolean): void {
  const channelId = `119652168499200005${n}`;
  const startedAt = `2026-03-0${day}T10:00:00.000Z`;
  const endedAt = `2026-03-0${day}T10:05:00.000Z`;
  const counts = { ...NO_AUDIT_COUNTS, unrepaired: Number(!complete) };
  const all = { channelId, channelName: `place-${n}`, startedAt, endedAt, ...counts, complete };
  bucket.put(auditReportKey(all), all);
}

describe('what the status says about audits', () => {
  test('it lists first the channels whose last proof is missing or the oldest', async () => {
    const bucket = createFakeBucket();
    report(bucket, 1, 1, true);
    report(bucket, 1, 8, true);
    report(bucket, 2, 2, true);
    report(bucket, 2, 9, false);
    report(bucket, 3, 3, false);
    bucket.put('audits/1196521684992000059/2026-03-01T10:00:00.000Z.json', '{');
    bucket.put('audits/readme.txt', 'not a report');
    assert.deepEqual(describeAudits(await readAudits(bucket)), [
      'channels audited: 3, of which the last audit proved 1 complete',
      '#place-3: faults at 2026-03-03T10:00:00Z, never proven complete; see audits/1196521684992000053/ in the bucket',
      '#place-2: faults at 2026-03-09T10:00:00Z, last 2026-03-02T10:00:00Z; see audits/1196521684992000052/ in the bucket',
      '#place-1: complete at 2026-03-08T10:00:00Z',
    ]);
  });

  test('it names five channels and counts the others, and without an audit it says nothing', async () => {
    const bucket = createFakeBucket();
    assert.deepEqual(describeAudits(await readAudits(bucket)), []);
    for (let n = 1; n <= 7; n++) report(bucket, n, n, true);
    const lines = describeAudits(await readAudits(bucket));
    assert.equal(lines.length, 7);
    assert.equal(lines.at(-1), 'and 2 more, each proven complete later than these');
  });
});
