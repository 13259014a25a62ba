import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type LogEntry,
  type MetricsExporterConfig,
} from '@temporalio/worker';
import { errorFacts } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createMetrics, SECONDS_LEFT, SECONDS_LEFT_BUCKETS, type Metrics } from '../metrics.ts';

const METHODS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** True as well as expected, of the workers that serve activities alone. */
const EXPECTED = 'No workflows registered, not polling for workflow tasks';

/**
 * Sends the SDK's own log lines through ours, and serves metrics for Prometheus where `metricsAddress` (host
 * and port) names where: the SDK's own, and those that are counted on what this returns. To be called
 * once, before any worker or connection is made.
 */
export function installRuntime(log: Logger, metricsAddress: string | null): Metrics {
  Runtime.install({
    logger: new DefaultLogger(log.isLevelEnabled('debug') ? 'DEBUG' : 'INFO', (entry) => {
      log[methodOf(entry)](factsOf(entry.meta ?? {}), entry.message);
    }),
    // Signals are the program's own business: it drains worker and ingest in its own order.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metricsAddress !== null && { metrics: exporter(metricsAddress) }),
    },
  });
  return createMetrics(Runtime.instance().metricMeter);
}

const exporter = (bindAddress: string): MetricsExporterConfig => ({
  prometheus: {
    bindAddress,
    countersTotalSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: { [SECONDS_LEFT]: SECONDS_LEFT_BUCKETS },
  },
});

/** What our activities and workflows say is for people; what the SDK says of its own workings is not. */
function methodOf({ level, meta, message }: LogEntry): (typeof METHODS)[LogEntry['level']] {
  const ours = meta?.sdkComponent === 'activity' || meta?.sdkComponent === 'workflow';
  // A fault that lasts is under Pending Activities; thousands of clips would flood the log with it.
  const repeated = typeof meta?.attempt === 'number' && meta.attempt > 1 && level === 'WARN';
  const quiet = (level === 'INFO' && !ours) || message.startsWith(EXPECTED) || repeated;
  return quiet ? 'debug' : METHODS[level];
}

/** The few facts of an entry that tell a reader where to look. */
function factsOf(meta: Record<string, unknown>): Record<string, unknown> {
  const { workflowId, activityType, attempt, error } = meta;
  const reason = error instanceof Error ? errorFacts(error) : null;
  return {
    ...(workflowId !== undefined && { workflow: workflowId }),
    ...(activityType !== undefined && { activity: activityType }),
    ...(typeof attempt === 'number' && attempt > 1 && { attempt }),
    ...(reason && { reason: `${reason.type}: ${reason.message}` }),
  };
}
