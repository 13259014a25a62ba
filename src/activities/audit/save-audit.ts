import { log } from '@temporalio/activity';
import { auditReportKey, type AuditReport } from '../../clip/audit/report.ts';
import { shownName } from '../../clip/clip.ts';
import { messageOf } from '../../errors.ts';
import type { Ports } from '../ports.ts';
import { pruneReports } from './prune-reports.ts';

/**
 * Writes the report of an audit to the bucket, and deletes old reports of the channel.
 * @throws the errors of the bucket
 */
export const createSaveAudit =
  ({ bucket, metrics }: Pick<Ports, 'bucket' | 'metrics'>) =>
  async (report: AuditReport): Promise<void> => {
    await bucket.write(auditReportKey(report), JSON.stringify(report, null, 2), {
      contentType: 'application/json',
      cacheControl: 'no-cache',
    });
    try {
      await pruneReports(bucket, report.channelId);
    } catch (error) {
      // The report counts. The next audit tries again.
      log.warn(`could not delete old reports of audits: ${messageOf(error)}`);
    }
    metrics.audited(report);
    const { started, ended, repaired, unrepaired } = report;
    const found = `started ${started}, ended ${ended}, repaired ${repaired.records} records and ${repaired.thumbnails} thumbnails, left ${unrepaired} faults`;
    log.info(`audited #${shownName(report.channelName, report.channelId)}: ${found}`);
  };
