import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { auditReportKey, NO_AUDIT_COUNTS, retirementKey } from '../../src/clip/audit/report.ts';
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

  test('it leaves out channels that are no longer audited, and counts them', async () => {
    const bucket = createFakeBucket();
    for (let n = 1; n <= 5; n++) report(bucket, n, n, n !== 3);
    const retire = (n: number, reason: string, day: number) => {
      const channelId = `119652168499200005${n}`;
      const at = `2026-03-0${day}T12:00:00.000Z`;
      bucket.put(retirementKey(channelId), { channelId, reason, at });
    };
    retire(1, 'deleted', 8);
    retire(2, 'unwatched', 8);
    retire(3, 'hidden', 8);
    // The channel was audited again later.
    retire(4, 'hidden', 3);
    bucket.put(retirementKey('1196521684992000055'), '{"reason":"deleted"}');
    assert.deepEqual(describeAudits(await readAudits(bucket)), [
      'channels audited: 2, of which the last audit proved 2 complete',
      '#place-4: complete at 2026-03-04T10:00:00Z',
      '#place-5: complete at 2026-03-05T10:00:00Z',
      'left out: 1 deleted, 1 no longer watched, 1 hidden from the bot',
    ]);
  });

  test('it says how many channels are overdue, if audits start by themselves', async () => {
    const bucket = createFakeBucket();
    report(bucket, 1, 1, true);
    report(bucket, 2, 2, true);
    report(bucket, 3, 3, false);
    const auditEveryMs = 24 * 60 * 60 * 1000;
    const nowMs = Date.UTC(2026, 2, 4, 9);
    const audits = await readAudits(bucket);
    const [, second] = describeAudits(audits, { auditEveryMs, nowMs });
    assert.equal(second, 'overdue: 2 not proven complete since 2026-03-02T09:00:00Z');
    for (const options of [
      { auditEveryMs: null, nowMs },
      { auditEveryMs: 7 * auditEveryMs, nowMs },
    ]) {
      const lines = describeAudits(
        audits.filter(({ completeAtMs }) => completeAtMs !== null),
        options,
      );
      assert.doesNotMatch(lines.join(), /overdue/);
    }
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
