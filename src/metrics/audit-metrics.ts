import type { MetricCounter, MetricGauge } from '@temporalio/common';
import type { AuditCounts, AuditVerdict } from '../clip/audit/report.ts';
import { createChannelNames, OTHER_CHANNELS } from './channel-names.ts';

/** The metrics of audits. */
export interface AuditMetrics {
  /** The audit of a channel ended. */
  audited(report: AuditCounts & AuditVerdict): void;
  /** A channel was last proven complete by the audit that began at `atMs`, epoch milliseconds. */
  auditComplete(channelId: string, atMs: number): void;
}

const FOUND = ['started', 'ended', 'record', 'thumbnail', 'unrepaired'] as const;

export function createAuditMetrics(
  counter: (name: string, description: string) => MetricCounter,
  gauge: (name: string, description: string) => MetricGauge,
): AuditMetrics {
  const found = counter(
    'audit_faults',
    'Faults that audits found: clips started or ended, records or thumbnails repaired, and faults that remain unrepaired',
  );
  for (const fault of FOUND) found.add(0, { fault });
  const complete = gauge(
    'audit_complete_seconds',
    'When the last audit that left no fault in a channel began, by channel, in epoch seconds',
  );
  const nameChannel = createChannelNames(() => undefined);

  function auditComplete(channelId: string, atMs: number): void {
    const channel = nameChannel(channelId);
    // One value can't describe several channels.
    if (channel !== OTHER_CHANNELS) complete.set(Math.floor(atMs / 1000), { channel });
  }

  return {
    audited(report) {
      const { started, ended, repaired, unrepaired } = report;
      found.add(started, { fault: 'started' });
      found.add(ended, { fault: 'ended' });
      found.add(repaired.records, { fault: 'record' });
      found.add(repaired.thumbnails, { fault: 'thumbnail' });
      found.add(unrepaired, { fault: 'unrepaired' });
      if (report.complete) auditComplete(report.channelId, Date.parse(report.startedAt));
    },
    auditComplete,
  };
}
