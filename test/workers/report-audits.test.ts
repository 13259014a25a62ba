import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MetricCounter, MetricGauge } from '@temporalio/common';
import { auditReportKey, NO_AUDIT_COUNTS, retirementKey } from '../../src/clip/audit/report.ts';
import { serviceFailed } from '../../src/errors.ts';
import { createAuditMetrics } from '../../src/metrics/audit-metrics.ts';
import { reportAudits } from '../../src/workers/report-audits.ts';
import { createFakeBucket } from '../support/fakes/bucket.ts';
import { until } from '../support/wait.ts';

const CHANNEL = '1196521684992000058';
const REPORT = {
  ...NO_AUDIT_COUNTS,
  channelId: CHANNEL,
  channelName: 'overtime',
  startedAt: '2026-03-08T04:00:00.125Z',
  endedAt: '2026-03-08T04:03:10.480Z',
  complete: true,
};

/** Creates the metrics of audits, and keeps the value of each combination of labels. */
function stage() {
  const values = new Map<string, number>();
  const keyOf = (name: string, labels: Record<string, string>) =>
    [name, ...Object.values(labels)].join(' ');
  const metrics = createAuditMetrics(
    (name) => {
      const add = (value: number, labels: Record<string, string>) =>
        values.set(keyOf(name, labels), (values.get(keyOf(name, labels)) ?? 0) + value);
      return { add } as unknown as MetricCounter;
    },
    (name) => {
      const set = (value: number, labels: Record<string, string>) =>
        values.set(keyOf(name, labels), value);
      return { set } as unknown as MetricGauge;
    },
  );
  return { values, metrics };
}

describe('the metrics of audits', () => {
  test('after a restart, a worker reports when each channel was last proven complete', async () => {
    const { values, metrics } = stage();
    const bucket = createFakeBucket();
    bucket.put(auditReportKey(REPORT), REPORT);
    const later = { startedAt: '2026-03-15T04:00:00.000Z', endedAt: '2026-03-15T05:00:00.000Z' };
    const faulty = { ...REPORT, ...later, complete: false };
    bucket.put(auditReportKey(faulty), faulty);
    const stop = reportAudits({ bucket, metrics, log: { warn: (line) => assert.fail(line) } });
    const atS = await until('the value', () => values.get(`audit_complete_seconds ${CHANNEL}`));
    stop();
    assert.equal(atS, Date.UTC(2026, 2, 8, 4) / 1000);
  });

  test('a channel that is no longer audited is not reported', async () => {
    const { values, metrics } = stage();
    const bucket = createFakeBucket();
    bucket.put(auditReportKey(REPORT), REPORT);
    const at = '2026-03-15T04:00:00.000Z';
    bucket.put(retirementKey(CHANNEL), { channelId: CHANNEL, reason: 'deleted', at });
    const other = { ...REPORT, channelId: '1196521684992000059' };
    bucket.put(auditReportKey(other), other);
    const stop = reportAudits({ bucket, metrics, log: { warn: (line) => assert.fail(line) } });
    await until('the value', () => values.get(`audit_complete_seconds ${other.channelId}`));
    stop();
    assert.equal(values.has(`audit_complete_seconds ${CHANNEL}`), false);
  });

  test('if the bucket is away, a worker only logs a line', async () => {
    const { metrics } = stage();
    const bucket = createFakeBucket();
    bucket.beforeList.add(serviceFailed('the bucket is away'));
    const lines: string[] = [];
    const stop = reportAudits({ bucket, metrics, log: { warn: (line) => void lines.push(line) } });
    await until('the line', () => lines.length > 0);
    stop();
    assert.deepEqual(lines, ['could not read the reports of audits: the bucket is away']);
  });

  test('a worker reads the reports again only hours after the last reading has ended', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const HOUR_MS = 3_600_000;
    const { metrics } = stage();
    const bucket = createFakeBucket();
    let readings = 0;
    let end = (): void => undefined;
    const reading = () => {
      readings += 1;
      return new Promise<void>((resolve) => (end = resolve));
    };
    bucket.beforeList.add(reading, reading);
    const stop = reportAudits({ bucket, metrics, log: { warn: (line) => assert.fail(line) } });
    t.mock.timers.tick(48 * HOUR_MS);
    assert.equal(readings, 1, 'the first reading is not over');
    end();
    await new Promise(setImmediate);
    t.mock.timers.tick(5 * HOUR_MS);
    assert.equal(readings, 1);
    t.mock.timers.tick(HOUR_MS);
    assert.equal(readings, 2);
    stop();
    end();
  });

  test('an audit counts its faults, and reports its channel only if no fault remains', () => {
    const { values, metrics } = stage();
    const repaired = { records: 3, thumbnails: 1 };
    const counts = { started: 2, ended: 1, repaired, unrepaired: 1 };
    metrics.audited({ ...REPORT, ...counts, complete: false });
    assert.equal(values.has(`audit_complete_seconds ${CHANNEL}`), false);
    metrics.audited(REPORT);
    assert.equal(values.has(`audit_complete_seconds ${CHANNEL}`), true);
    const found = ['started', 'ended', 'record', 'thumbnail', 'unrepaired'];
    const added = found.map((fault) => values.get(`audit_faults ${fault}`));
    assert.deepEqual(added, [2, 1, 3, 1, 1]);
  });
});
