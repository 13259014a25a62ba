import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import {
  auditReportKey,
  auditsOfChannel,
  NO_AUDIT_COUNTS,
  type AuditReport,
} from '../../../src/clip/audit/report.ts';
import { serviceFailed } from '../../../src/errors.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { attempt } from '../run-activity.ts';

const channelId = '1196521684992000058';

/** The report of the audit on the n-th day. */
function aReport(n: number, complete: boolean): AuditReport {
  const at = new Date(Date.UTC(2026, 2, 1 + n)).toISOString();
  const times = { startedAt: at, endedAt: at, oldest: null, newest: null };
  return {
    ...NO_AUDIT_COUNTS,
    channelId,
    channelName: 'overtime',
    ...times,
    problems: [],
    complete,
  };
}

function stage(reports: AuditReport[]) {
  const ports = createFakePorts();
  for (const report of reports) ports.bucket.put(auditReportKey(report), report);
  return { ports, ...createActivities(ports) };
}

describe('the reports of a channel', () => {
  test('the newest ten reports stay, and so does the newest report of a complete channel', async () => {
    const complete = new Set([3, 5, 20]);
    const old = Array.from({ length: 30 }, (_, n) => aReport(n, complete.has(n)));
    const { ports, saveAudit } = stage(old);
    ports.bucket.put('audits/1196521684992000059/2026-03-01T00:00:00.000Z.json', '{}');
    ports.bucket.put(`${auditsOfChannel(channelId)}notes.txt`, 'keep me');
    await attempt(saveAudit, aReport(30, false));
    const days = [20, ...Array.from({ length: 10 }, (_, n) => 21 + n)];
    assert.deepEqual(ports.bucket.keys(), [
      ...days.map((n) => auditReportKey(aReport(n, false))),
      `${auditsOfChannel(channelId)}notes.txt`,
      'audits/1196521684992000059/2026-03-01T00:00:00.000Z.json',
    ]);
    await attempt(saveAudit, aReport(31, true));
    const keys = ports.bucket.keys().filter((key) => key.endsWith('Z.json'));
    assert.equal(keys[0], auditReportKey(aReport(22, false)), 'a newer report proves the channel');
  });

  test('if old reports cannot be deleted, the new report is written all the same', async () => {
    const { ports, saveAudit } = stage(Array.from({ length: 12 }, (_, n) => aReport(n, true)));
    ports.bucket.beforeList.add(serviceFailed('the bucket is away'));
    await attempt(saveAudit, aReport(12, true));
    assert.equal(ports.bucket.keys().length, 13);
  });
});
